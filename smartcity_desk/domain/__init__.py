"""Pure rules of the city: facts in, decisions out. Standard library only; time and ids are arguments."""
