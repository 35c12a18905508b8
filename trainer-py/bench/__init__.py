"""Workers of `npm run bench`: one process a lane, told when to work, so that lanes can take turns
in one run."""
