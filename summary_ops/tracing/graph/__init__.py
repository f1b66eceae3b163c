"""What computes what: a model's operations, and the roles that its modules play among them."""
