"""What privacy law asks for: a person's data handed out, or erased everywhere, with a certificate of it.

States <object>.erased, which names nobody.
"""
