#include "daemon/rpc/signature_groups.h"

namespace freezenet::daemon {

const std::vector<Signature>& signatures() {
  static const std::vector<Signature> all = [] {
    std::vector<Signature> list;
    for (auto part : {chain_signatures(), transaction_signatures(), wallet_signatures(), mining_signatures(),
                      network_signatures(), model_signatures(), control_signatures()}) {
      list.insert(list.end(), part.begin(), part.end());
    }
    return list;
  }();
  return all;
}

}  // namespace freezenet::daemon
