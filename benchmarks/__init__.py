"""How fast the library is, against its peers: `make bench`."""
