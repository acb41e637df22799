#pragma once

#include "consensus/base/bytes.h"

// Every decoder of bytes that a peer, a client or a file controls: NAME stands for `void NAME(ByteView input)` in
// NAME_fuzz.cpp, which takes any input and ends the process where a property does not hold (check.h). What each target
// asserts is in docs/developing.md.
#define FREEZENET_FUZZ_TARGETS(X) \
  X(address)                      \
  X(authorization)                \
  X(base64)                       \
  X(body)                         \
  X(bounded_json)                 \
  X(certificate)                  \
  X(chain_database)               \
  X(chain_rows)                   \
  X(chunk)                        \
  X(config_file)                  \
  X(dataset)                      \
  X(dataset_folder)               \
  X(frame)                        \
  X(genesis_file)                 \
  X(header)                       \
  X(hex)                          \
  X(host_port)                    \
  X(idx)                          \
  X(lab_checkpoint)               \
  X(message)                      \
  X(miner_key)                    \
  X(model_file)                   \
  X(model_store)                  \
  X(network_file)                 \
  X(node_key)                     \
  X(query_protocol)               \
  X(redact)                       \
  X(rpc_access)                   \
  X(rpc_auth)                     \
  X(rpc_request)                  \
  X(rpc_response)                 \
  X(safetensors)                  \
  X(signed_model)                 \
  X(strict_json)                  \
  X(strict_object)                \
  X(submitted_work)               \
  X(task)                         \
  X(task_file)                    \
  X(transaction)                  \
  X(wallet_file)                  \
  X(work_template)

namespace freezenet::fuzz {

#define FREEZENET_DECLARE(name) void name(ByteView input);
FREEZENET_FUZZ_TARGETS(FREEZENET_DECLARE)
#undef FREEZENET_DECLARE

}  // namespace freezenet::fuzz

#ifdef FREEZENET_FUZZ_TARGET
/// What libFuzzer calls, in the one file of a program of its own.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  freezenet::fuzz::FREEZENET_FUZZ_TARGET({data, size});
  return 0;
}
#endif
