#include "daemon/rpc/signature_groups.h"

namespace freezenet::daemon {

std::vector<Signature> model_signatures() {
  return {
      {"gettasks",
       "model",
       "what the network trains, and how good its models are",
       {},
       "[{name, id, dataset, dataset_root, steps, batch, parameters, canonical_root, score, evaluation_slice, "
       "accuracy, target_factor}]",
       "gettasks"},
      {"getmodel",
       "model",
       "the weights of a block as a safetensors file; freezenet-cli writes it to disk",
       {{"block", ArgumentType::kBlock, true, kBlockHelp},
        {"kind",
         ArgumentType::kText,
         false,
         "sealed: as the miner signed it, watermark included (default); canonical: as the chain goes on with it",
         {"sealed", "canonical"}}},
       "{filename, kind, block, height, task, score, evaluation_slice, root, bytes, data: base64}",
       "getmodel 0 canonical"},
      {"verifymodel",
       "model",
       "whether a model file proves a block: root, chain and watermark; with freezenet-cli, give the file's name",
       {{"data", ArgumentType::kBase64, true, "the safetensors file (freezenet-cli: its name)"}},
       "{valid, reason, root, block, height, miner, time, positions, differing}; what is not known is null",
       "verifymodel model.safetensors"},
  };
}

}  // namespace freezenet::daemon
