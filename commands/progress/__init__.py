"""How far processes are: phases, evaluations, lists."""
