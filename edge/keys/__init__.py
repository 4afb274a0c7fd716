"""Who is who in a town: roles, keys, the signed roster, signing and sealing.

One offline root signs one roster; every process holds the root's public key and nothing else on
trust. Nothing here asks for the time: callers say *at* which moment they want to know.
"""
