"""Accounts, transactions and claims by section 9 of docs/protocol.md alone."""

import dataclasses
import struct

from reference import compact_size, merkle_root, public_key, sign, tagged, verify

TRANSFER, CLAIM = 1, 2
SCHEMES = ("gradsigns", "deepwater", "trigger-set", "null-embedding")
LARGEST = 2**64 - 1


@dataclasses.dataclass
class Transaction:
    """One of the two kinds: with `to` and `amount`, or with `model_root`, `scheme` and `commitment`."""

    sender: bytes
    nonce: int
    fee: int
    to: bytes = b""
    amount: int = 0
    model_root: bytes = b""
    scheme: int = 0
    commitment: bytes = b""
    signature: bytes = bytes(64)

    def unsigned(self):
        head = struct.pack("<B32sQQ", CLAIM if self.model_root else TRANSFER, self.sender, self.nonce, self.fee)
        if self.model_root:
            return head + struct.pack("<32sB32s", self.model_root, self.scheme, self.commitment)
        return head + struct.pack("<32sQ", self.to, self.amount)

    def encode(self):
        return self.unsigned() + self.signature

    def id(self):
        return tagged("FreezeNet/transaction-id", self.encode())

    def signing_hash(self, genesis):
        return tagged("FreezeNet/transaction", genesis + self.unsigned())

    def signed(self, secret, genesis):
        whole = dataclasses.replace(self, sender=public_key(secret))
        return dataclasses.replace(whole, signature=sign(secret, whole.signing_hash(genesis)))


def read_transaction(data, at):
    """The transaction at `at` and what comes after it; ValueError where no encoder writes that."""
    kind, sender, nonce, fee = struct.unpack_from("<B32sQQ", data, at)
    at += 49
    if nonce == LARGEST:
        raise ValueError("a nonce that no other could follow")
    if kind == TRANSFER:
        to, amount = struct.unpack_from("<32sQ", data, at)
        made, at = Transaction(sender, nonce, fee, to=to, amount=amount), at + 40
        if amount == 0 or amount + fee > LARGEST:
            raise ValueError("an amount that is not allowed")
    elif kind == CLAIM:
        root, scheme, commitment = struct.unpack_from("<32sB32s", data, at)
        made, at = Transaction(sender, nonce, fee, model_root=root, scheme=scheme, commitment=commitment), at + 65
        if not 1 <= scheme <= len(SCHEMES):
            raise ValueError(f"no scheme {scheme}")
    else:
        raise ValueError(f"no transaction of kind {kind}")
    if len(data) < at + 64:
        raise ValueError("the signature is cut off")
    made.signature = data[at : at + 64]
    return made, at + 64


def body_root(transactions=()):
    return tagged("FreezeNet/body", merkle_root([t.id() for t in transactions]) + merkle_root([]))


def body(transactions, digests):
    parts = [compact_size(len(transactions)), *(t.encode() for t in transactions), compact_size(0), compact_size(len(digests))]
    return b"".join([*parts, *digests])


class Ledger:
    """What each key can spend, and who claimed what."""

    def __init__(self, network):
        self.network = network
        self.accounts = {}  # key -> [balance, nonce]
        self.claims = []  # what is hashed of each
        self.claim_ids = set()
        self.claims_digest = bytes(32)
        self.rewards = []  # (miner, amount) by height

    def connect(self, miner, transactions):
        """The next block. None, or what is wrong with it."""
        height = len(self.rewards) + 1
        self.rewards.append((miner, self.network.reward(height) + sum(t.fee for t in transactions)))
        if height > self.network.maturity:
            key, amount = self.rewards[height - self.network.maturity - 1]
            if amount:
                self.accounts.setdefault(key, [0, 0])[0] += amount
        for i, t in enumerate(transactions):
            complaint = self.make(t, height)
            if complaint:
                return f"transaction {i}: {complaint}"
        return None

    def make(self, t, height):
        if not verify(t.sender, t.signing_hash(self.network.genesis_hash), t.signature):
            return "not signed by its sender"
        balance, nonce = self.accounts.get(t.sender, [0, 0])
        if t.nonce != nonce:
            return f"nonce {t.nonce}, the account's is {nonce}"
        if t.fee + t.amount > balance:
            return f"spends {t.fee + t.amount} of {balance}"
        if t.model_root:
            head = t.model_root + bytes([t.scheme]) + t.commitment + t.sender
            if head in self.claim_ids:
                return "the same claim again"
            self.claim_ids.add(head)
            record = head + struct.pack("<Q", height) + t.id()
            self.claims.append(record)
            self.claims_digest = tagged("FreezeNet/claims", self.claims_digest + record)
        self.accounts[t.sender] = [balance - t.fee - t.amount, nonce + 1]
        if t.amount:
            account = self.accounts.setdefault(t.to, [0, 0])
            account[0] += t.amount
        return None

    def accounts_hash(self):
        rows = b"".join(key + struct.pack("<QQ", *account) for key, account in sorted(self.accounts.items()))
        return tagged("FreezeNet/accounts", struct.pack("<Q", len(self.accounts)) + rows)
