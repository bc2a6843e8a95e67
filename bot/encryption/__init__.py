"""End-to-end encryption without a network: takes a transaction and JSON, returns JSON, and leaves rows.

It carries out parts of the Matrix specification, version 1.16, client-server API; each module names its section. The
cryptography is vodozemac's, the Rust implementation of Olm and Megolm; cross-signing and secret storage use
PyCryptodome. Nothing here waits, asks the homeserver or looks at the clock: what is to be asked is returned, and
what was answered is handed in. That is why a kill at any moment loses nothing: each step is a committed row before
anything of it is sent.

`machine` is the face; docs/encryption.md has the way of a message.
"""
