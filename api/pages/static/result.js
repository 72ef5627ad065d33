// Place of the result view: mounts itself into #result-view.
