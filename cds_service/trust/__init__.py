"""Who may call: configured clients, their signed tokens (JWT), each used once, and how often they may call.

``docs/trusting-clients.md`` says how an operator configures it; the rules are CDS Hooks' own
(https://cds-hooks.hl7.org/2.0/#trusting-cds-clients) and RFC 7515, 7517, 7519 and 8725.
"""
