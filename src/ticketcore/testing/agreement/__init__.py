"""State machines that drive several adapters of one port with one history and compare every answer.

A clock, a source of ids and an observer have none: what they answer, if anything, is nobody else's to know.
"""
