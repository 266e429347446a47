"""Commands of `t2s`, one a module; their heavy imports wait until they run."""
