"""`python -m spice_trainer serve`: runs a trainer until stdin ends or SIGTERM arrives (with
--no-stdin-watch also SIGINT).

stdout gets exactly one JSON line, when the trainer is ready. stderr gets the log, and one JSON line
on failure. Exit codes: 0 stopped as requested, 1 unexpected failure, 2 bad arguments, 3 the listen
address is in use, 4 the backend cannot start on this machine.

`python -m spice_trainer conformance` tests a running trainer (the package `spice_conformance`).
"""

from __future__ import annotations

import argparse
import gc
import sys
from pathlib import Path


def main(arguments: list[str] | None = None) -> int:
    """Entry point; returns the exit code."""
    words = sys.argv[1:] if arguments is None else arguments
    parser = _parser(words)
    given = parser.parse_args(words)
    if given.command == "conformance":
        return given.run(given)
    # Imports make many objects and no garbage. `serve` switches the collector on again.
    gc.disable()
    from spice_trainer.server.rpc.tls import TlsFiles
    from spice_trainer.server.serve import Options, serve
    from spice_trainer.server.start_error import StartError

    tls = (given.tls_cert, given.tls_key, given.tls_client_ca)
    if any(tls) and not all(tls):
        parser.error(
            "--tls-cert, --tls-key and --tls-client-ca go together: a trainer takes no client without a certificate"
        )
    options = Options(
        backend=given.backend,
        listen=given.listen,
        events=given.events,
        token_file=given.token_file,
        checkpoint_root=given.checkpoint_root,
        log_level=given.log_level,
        watch_stdin=not given.no_stdin_watch,
        tls=TlsFiles(*tls) if all(tls) else None,
    )
    try:
        return serve(options)
    except StartError as failed:
        print(failed.to_json(), file=sys.stderr, flush=True)
        return failed.exit_code


def _parser(words: list[str]) -> argparse.ArgumentParser:
    """Returns the parser for the command line `words`. Each trainer process starts here, so nothing
    is imported or read that `words` do not need."""
    parser = argparse.ArgumentParser(prog="spice_trainer", description="The model side of SPICE.")
    commands = parser.add_subparsers(dest="command", required=True)
    kit = commands.add_parser("conformance", help="test a running trainer against the contract")
    if words[:1] == ["conformance"]:
        from spice_conformance import command as conformance

        conformance.add_arguments(kit)
        kit.set_defaults(run=conformance.main)
    serve_parser = commands.add_parser("serve", help="run a trainer")
    add = serve_parser.add_argument
    add("--backend", required=True, help=_names() if {"-h", "--help"} & set(words) else None)
    add("--listen", default="127.0.0.1:0", help="loopback address or unix:PATH, any with TLS; port 0 takes a free one")
    add("--events", default=None, metavar="ADDRESS", help="tcp://127.0.0.1:PORT where a ZeroMQ PULL socket is bound")
    add("--token-file", type=Path, default=None, help="file with the bearer token, mode 0600; needed except on unix:")
    add("--tls-cert", type=Path, default=None, metavar="FILE", help="the server's certificate chain, PEM")
    add("--tls-key", type=Path, default=None, metavar="FILE", help="its private key, PEM, mode 0600")
    add("--tls-client-ca", type=Path, default=None, metavar="FILE", help="authority of the clients' certificates, PEM")
    add("--checkpoint-root", type=Path, default=None, help="folder for checkpoints; without it there are none")
    add("--log-level", default="info", choices=("debug", "info", "warning", "error"), help="on stderr")
    add("--no-stdin-watch", action="store_true", help="go on when stdin ends (for a trainer started by hand)")
    return parser


def _names() -> str:
    """Returns the help on names of trainers. The names are in the metadata of every installed
    package."""
    from spice_trainer import engines

    return "one of: " + ", ".join(engines.names())


if __name__ == "__main__":
    sys.exit(main())
