#include "daemon/rpc/signature_groups.h"

namespace freezenet::daemon {

std::vector<Signature> transaction_signatures() {
  return {
      {"sendrawtransaction",
       "transaction",
       "takes a signed transaction; it is on disk when this answers, waits for a block, and is told to peers",
       {{"hex", ArgumentType::kText, true, "the encoded transaction, hexadecimal"}},
       "hash",
       "sendrawtransaction HEX"},
      {"decoderawtransaction",
       "transaction",
       "what an encoded transaction says, and whether its sender signed it for this network; nothing is sent",
       {{"hex", ArgumentType::kText, true, "the encoded transaction, hexadecimal"}},
       "{id, kind, from, to, amount, fee, nonce, size, model_root, scheme, commitment, hex, signed}",
       "decoderawtransaction HEX"},
      {"gettransaction",
       "transaction",
       "one transaction of the active chain, or one that waits for a block",
       {{"id", ArgumentType::kHash, true, "what sendrawtransaction answered"}},
       "{id, kind, from, to, amount, fee, nonce, size, model_root, scheme, commitment, hex, height, block, position, "
       "confirmations, time}; amounts are coins as text",
       "gettransaction 0000000000000000000000000000000000000000000000000000000000000000"},
      {"getrawmempool",
       "transaction",
       "the transactions that wait for a block, in the order in which a block would take them",
       {{"verbose", ArgumentType::kBoolean, false, "true: all of each; false: the ids (default)"},
        {"count", ArgumentType::kInteger, false, "at most so many; 1,000 where nothing is said, 10,000 at most"}},
       "[hash ...]; with true: [{... of decoderawtransaction, received, local} ...], without signed",
       "getrawmempool false"},
      {"getmempoolinfo",
       "transaction",
       "how much waits for a block, and what a transaction has to pay",
       {},
       "{transactions, accounts, memory_bytes, memory_limit_bytes, fee_per_kilobyte, expiry_seconds}",
       "getmempoolinfo"},
      {"getaccount",
       "transaction",
       "what an address can spend, what it earned and cannot spend yet, and the nonce of its next transaction",
       {{"address", ArgumentType::kText, true, "an address of this network"}},
       "{address, balance, immature, pending, nonce, next_nonce}; amounts: coins as text",
       "getaccount ADDRESS"},
      {"getclaim",
       "transaction",
       "who claimed an ownership watermark in a model, the first one first",
       {{"model", ArgumentType::kBlock, true,
         "a block (height or hash), for its signed model and the canonical one after it; or the root of any model"}},
       "[{place, model_root, scheme, commitment, claimant, height, block, time, transaction} ...]",
       "getclaim 0"},
  };
}

}  // namespace freezenet::daemon
