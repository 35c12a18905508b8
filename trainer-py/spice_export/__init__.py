"""What `spice runs export` puts into a Python package: rows, rules, and an environment.

The modules are copied beside `tasks.jsonl` and `rules/`, into a package with another name, so they
import each other by relative names alone. `rows` and `rules` need only the standard library.
`taskset` needs verifiers. `models`, `client`, `environment` and `app` need openenv.
"""
