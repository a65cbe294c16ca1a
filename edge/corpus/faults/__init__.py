"""`./scripts/corpus faults FILE`: hostile functions through a running gateway, beside a neighbour under load.

| file | holds |
|---|---|
| command.py | the command line: arguments, exit code |
| case.py | a case as the file has it |
| package.py | a case as a package of files; how a script becomes a function |
| deployment.py | all packages and the config, in a folder |
| run.py | the run: neighbour, cases, verdicts |
| verdict.py | which words an answer stands for, and what makes a case fail |
| neighbour.py, neighbour_load.py | the neighbour's figures; the process that loads it |
| memory.py | memory of processes, sampled |
| processors.py | what else the machine was busy with |
| origin.py | the server that cases fetch from |
| report.py | what is printed and written |
"""
