"""Accounts of a test's own, of which no wallet knows: transfers and claims signed here and handed to a node."""

from ledger import Transaction
from reference import sha256, shown
from signing import fast_public_key, fast_sign

FEE = 1_000


class Spender:
    """Spends what one key has, nonce after nonce."""

    def __init__(self, name, secret, genesis, nonce=0):
        self.name, self.secret, self.genesis, self.nonce = name, secret, genesis, nonce
        self.key = fast_public_key(secret)

    def signed(self, **action):
        made = Transaction(self.key, self.nonce, FEE, **action)
        made.signature = fast_sign(self.secret, made.signing_hash(self.genesis))
        return made

    def send(self, node, **action):
        """The id of a transaction that the node acknowledged."""
        made = self.signed(**action)
        node.rpc("sendrawtransaction", made.encode().hex())
        self.nonce += 1
        return shown(made.id())

    def claim(self, node, number):
        return self.send(node, model_root=sha256(bytes([number % 5])), scheme=1 + number % 4, commitment=sha256(f"{self.name} {number}".encode()))

    def spend(self, node, height):
        """A transfer, and a claim for every third block."""
        made = [self.send(node, to=sha256(f"{self.name} {height % 7}".encode()), amount=1_000 + height)]
        if height % 3 == 0:
            made.append(self.claim(node, height))
        return made
