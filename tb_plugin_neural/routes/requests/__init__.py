"""Read a request's arguments and declare a route's answer."""
