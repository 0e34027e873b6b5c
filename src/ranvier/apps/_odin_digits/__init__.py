"""Ten neurons of ODIN that learn digits: what the experiments with them have in common."""
