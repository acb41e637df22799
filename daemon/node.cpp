#include "daemon/node.h"

#include <algorithm>
#include <chrono>

#include <spdlog/logger.h>

#include "consensus/base/hex.h"
#include "consensus/crypto/address.h"
#include "consensus/watermark.h"
#include "daemon/assumption_text.h"
#include "daemon/block_replay.h"
#include "daemon/kernel_choice.h"
#include "daemon/libraries.h"
#include "daemon/random.h"
#include "daemon/rpc/methods.h"
#include "daemon/storage/reindex.h"
#include "daemon/version.h"
#include "training/torch/self_test.h"
#include "training/torch/threads.h"

namespace freezenet::daemon {
namespace {

constexpr const char* kMining = "mining";  // the label of the miner's key in the wallet

/// The newest key that this node has mined with, where that is not this one: a digit of the file that a disk changed
/// makes another key that is as good as any.
std::optional<XOnlyKey> mining_key_before(const WalletView& wallet, const XOnlyKey& key) {
  std::optional<XOnlyKey> before;
  for (const WalletEntry& entry : wallet.entries) {
    if (entry.key == key) return std::nullopt;
    if (entry.label == kMining) before = entry.key;
  }
  return before;
}

}  // namespace

Result<std::unique_ptr<Node>> Node::start(const Options& options, std::function<void()> request_stop,
                                          const Machine& machine) {
  auto data = DataDir::open(options.datadir);
  if (!data) return tl::unexpected(data.error());
  const SystemClock clock;
  auto network = open_network(options.network, network_folders(), options.datadir, options.genesis_time, clock);
  if (!network) return tl::unexpected(network.error());
  if (auto ok = check_params(network->params); !ok) return tl::unexpected(ok.error());
  auto logging =
      Logging::open(options.log_level, options.log_file.empty() ? data->paths().log_file() : options.log_file, true,
                    {std::size_t{options.log_file_size} << 20, options.log_files});
  if (!logging) return tl::unexpected(logging.error());

  std::unique_ptr<Node> node(
      new Node(options, std::move(request_stop), machine, std::move(*data), std::move(*network), std::move(*logging)));
  if (auto ok = node->open(); !ok) return tl::unexpected(ok.error());
  return node;
}

Node::Node(const Options& options, std::function<void()> request_stop, const Machine& machine, DataDir data,
           Network network, Logging logging)
    : options_(options),
      request_stop_(std::move(request_stop)),
      clock_(machine.clock != nullptr ? *machine.clock : system_clock_),
      data_(std::move(data)),
      network_(std::move(network)),
      logging_(std::move(logging)),
      engine_{.table = machine.loops},
      net_work_(boost::asio::make_work_guard(net_io_)) {}

Node::~Node() { stop(); }

Result<> Node::open() {
  auto log = logging_.get("node");
  log->info("FreezeNet {} on {}, genesis {}, data in {}", kVersion, network_.params.name,
            to_hex(network_.params.genesis_hash()), data_.paths().root().string());
  log->info("libraries: {}", library_versions());
  auto path = kernel_path(options_.kernel);
  if (!path) return tl::unexpected(path.error());
  engine_.path = *path;
  engine_.threads = options_.mining_threads;
  if (auto ok = open_storage(); !ok) return tl::unexpected(ok.error());
  auto key = load_or_create_miner_key(options_.miner_key.empty() ? data_.paths().miner_key() : options_.miner_key);
  if (!key) return tl::unexpected(key.error());
  if (auto ok = open_wallet(*key); !ok) return tl::unexpected(ok.error());
  auto identity = net::NodeIdentity::load_or_create(data_.paths().node_key());
  if (!identity) return tl::unexpected(identity.error());
  identity_ = std::make_unique<net::NodeIdentity>(std::move(*identity));

  ChainServiceLimits limits{
      .headers = {}, .models = {.unfinal = options_.keep_models}, .mempool = {}, .space = {}, .check = {}};
  limits.space = {std::uint64_t{options_.min_free_space} * 1'000'000,
                  [folder = data_.paths().root()] { return free_bytes(folder); }};
  limits.mempool.bytes = std::size_t{options_.max_mempool} << 10;
  limits.check.level = options_.check_level;
  limits.check.blocks = options_.check_blocks;
  limits.assumed = network_.assumed;
  if (!options_.assumevalid.empty()) limits.assumed = parse_assumption(options_.assumevalid).value();  // checked there
  chain_ = std::make_unique<ChainService>(network_.params, *store_, *store_, *models_, clock_, std::move(limits));
  chain_->on_change([this](const Chain& chain, const std::string& paused) { snapshot_.publish(chain, paused); });
  training::configure_torch(std::max(options_.mining_threads, options_.replay_threads));
  const std::string fault = fault_of(engine_);
  training::ReplayVerifier::Settings replay;
  replay.engine = {engine_.path, options_.replay_threads, engine_.table};
  if (!fault.empty()) {
    // Others' work is judged by kernels that passed, or not at all: with wrong ones this node would blame everybody.
    replay.engine = {kernels::Path::kPortable, options_.replay_threads};
    if (std::string worse = fault_of(replay.engine); !worse.empty()) {
      return reject(RejectCode::kSelfTestFailed,
                    "this machine computes wrong bits on every path: " + worse + "; test its memory and processor");
    }
  }
  verification_ = std::make_unique<ChainVerification>(ChainVerification::Parts{
      data_.paths().database(), network_.params,
      [this, engine = replay.engine] { return block_replay(tasks_, *models_, engine); }, logging_.get("chain")});
  chain_->score_with(model_score(tasks_, replay.engine));
  if (options_.check_level >= 4) chain_->check_with(block_replay(tasks_, *models_, replay.engine));
  verifier_ = std::make_unique<training::ReplayVerifier>(
      tasks_, *models_, replay, [this](ProofVerdict verdict) { chain_->on_verdict(std::move(verdict)); });
  Miner::Settings mining{engine_, static_cast<int>(options_.mining_nice), random_u64()};
  miner_ = std::make_unique<Miner>(*chain_, *models_, tasks_, *key, mining, logging_.get("miner"));
  if (!fault.empty()) miner_->refuse(fault);
  reward_keys_ = std::make_unique<RewardKeys>(*key, wallet_.get());
  desk_ = std::make_unique<MiningDesk>(*chain_, *reward_keys_, random_u64());
  generator_ = std::make_unique<BlockGenerator>(*chain_, *models_, tasks_, engine_, random_u64());
  return connect();
}

Result<> Node::load_tasks() {
  const auto folder = options_.datasets.empty() ? data_.paths().datasets() : options_.datasets;
  const auto begin = std::chrono::steady_clock::now();
  auto tasks = training::load_task_contexts(network_.params, folder);
  if (!tasks) return tl::unexpected(tasks.error());
  tasks_ = std::move(*tasks);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  std::string loaded;
  for (const training::TaskContext& task : tasks_) {
    const DatasetSpec& data = task.dataset.spec();
    loaded += (loaded.empty() ? "" : "; ") + task.task.name + ": dataset " + data.name + ", " +
              std::to_string(data.train_count) + " + " + std::to_string(data.evaluation_count) + " samples";
  }
  logging_.get("node")->info("tasks loaded in {:.1f} s: {}", seconds.count(), loaded);
  return {};
}

Result<> Node::open_storage() {
  if (auto ok = load_tasks(); !ok) return ok;
  auto models = ModelStore::open(data_.paths().models());
  if (!models) return tl::unexpected(models.error());
  models_ = std::make_unique<ModelStore>(std::move(*models));
  // The models that the chain begins with are found like any other.
  for (const training::TaskContext& task : tasks_) {
    if (auto ok = models_->put(genesis_weights(task.plan, task.task.id())); !ok) return tl::unexpected(ok.error());
  }
  if (auto ok = reindex_if_asked(); !ok) return ok;
  auto store = SqliteChainStore::open(data_.paths().database(), network_.params.genesis_hash());
  if (!store) return tl::unexpected(store.error());
  store_ = std::move(*store);
  return {};
}

Result<> Node::reindex_if_asked() {
  const auto& database = data_.paths().database();
  const bool cut_short = reindex_was_cut_short(database);
  if (!options_.reindex && !cut_short) return {};
  auto log = logging_.get("node");
  log->info("reindex begins{}", cut_short ? ": an earlier one was cut short" : "");
  // Who says "off" does not trust any more what some blocks were taken on.
  const bool keep_assumed = options_.assumevalid.empty() || parse_assumption(options_.assumevalid).value();
  const auto report = reindex(
      database, network_.params, [&](const std::string& line) { log->info("reindex: {}", line); }, keep_assumed);
  if (!report) return tl::unexpected(report.error());
  std::uint64_t largest = 0;
  for (const training::TaskContext& task : tasks_) largest = std::max(largest, task.plan.model_bytes());
  const auto models = remove_damaged_models(*models_, largest);
  if (!models) return tl::unexpected(models.error());
  log->info(
      "reindex ends: {} blocks kept, {} rows damaged, {} without their parent; {} waiting transactions kept; "
      "{} damaged models removed",
      report->blocks, report->damaged, report->loose, report->waiting, *models);
  return {};
}

Result<> Node::open_wallet(const SecretKey& miner) {
  if (!options_.wallet) return {};
  const auto file = options_.wallet_file.empty() ? data_.paths().wallet() : options_.wallet_file;
  auto wallet = Wallet::open({file, network_.params.name, ScryptCost{}}, clock_, steady_clock_);
  if (!wallet) return tl::unexpected(wallet.error());
  auto log = logging_.get("wallet");
  if (const auto before = mining_key_before((*wallet)->view(), miner.public_key())) {
    log->warn(
        "{}: the mining key is another one than before, {}; if nobody changed it, stop the node and restore it from a "
        "copy",
        (options_.miner_key.empty() ? data_.paths().miner_key() : options_.miner_key).string(),
        encode_address(network_.params.address_prefix, *before));
  }
  if (auto ok = (*wallet)->adopt(miner, kMining); !ok) return ok;
  const WalletView view = (*wallet)->view();
  log->info("wallet {}: {} keys, {}", file.string(), view.entries.size(),
            view.encrypted ? "encrypted and locked" : "not encrypted");
  wallet_ = std::make_unique<WalletService>(std::move(*wallet), steady_clock_, std::move(log));
  return {};
}

std::string Node::fault_of(const training::EngineOptions& engine) {
  auto log = logging_.get("node");
  for (const training::TaskContext& task : tasks_) {
    auto report = training::self_test(task.task, task.dataset, engine);
    if (!report) {
      log->error("{}; this node does not mine. Try --kernel portable, and test the memory of this machine",
                 report.error().message());
      return report.error().detail;
    }
    log->info("self-test passed: task {}, kernels {}, {} threads, largest difference from LibTorch {:.1e}, {:.0f} ms",
              task.task.name, report->path, report->threads, report->max_error, report->milliseconds);
  }
  return {};
}

Result<> Node::connect() {
  net::PeerManagerConfig config;
  config.network = network_.params.name;
  config.magic = network_.params.magic;
  config.genesis = network_.params.genesis_hash();
  config.engine = kNumericProfile;
  config.user_agent = std::string("freezenet/") + kVersion;
  config.listen_address = options_.listen;
  config.port = options_.port.value_or(network_.p2p_port);
  config.connect = options_.connect.empty() ? options_.addnode : options_.connect;
  config.fetch_models = options_.models != "derive";
  config.jitter_seed = random_u64();
  config.limits.max_inbound = options_.max_inbound;
  config.limits.max_outbound = options_.max_outbound;
  peers_ = std::make_unique<net::PeerManager>(net_io_.get_executor(), std::move(config), *identity_, *chain_,
                                              logging_.get("net"));
  events_ = std::make_unique<NodeEvents>(
      *peers_, *miner_, clock_,
      [this](const Reject&) {
        failed_ = true;
        request_stop_();
      },
      MiningNews{[this] {
                   desk_->on_new_tip();
                   generator_->on_new_tip();
                 },
                 [this] { desk_->on_new_body(); }},
      logging_.get("chain"));
  if (auto ok = chain_->start(*verifier_, *events_); !ok) return tl::unexpected(ok.error());
  net_thread_ = std::thread([this] { net_io_.run(); });
  if (auto ok = peers_->start(); !ok) return tl::unexpected(ok.error());
  if (auto ok = serve_rpc(); !ok) return tl::unexpected(ok.error());
  miner_->start();
  miner_->set_enabled(options_.mine);
  logging_.get("node")->info("ready: peers on {}:{}, RPC on {}:{}, mining {} to {}", options_.listen,
                             peers_->listening_port(), options_.rpc_bind, rpc_->port(), options_.mine ? "on" : "off",
                             encode_address(network_.params.address_prefix, miner_->key()));
  logging_.flush();
  return {};
}

Result<> Node::serve_rpc() {
  std::uint64_t largest = 0;
  for (const training::TaskContext& task : tasks_) largest = std::max(largest, task.plan.model_bytes());
  RpcServerConfig config{options_.rpc_bind, options_.rpc_port.value_or(network_.rpc_port), data_.paths(),
                         rpc_limits(largest)};
  for (const std::string& line : options_.rpc_auth) {
    auto user = parse_rpc_user(line);
    if (!user) return tl::unexpected(user.error());
    if (std::ranges::find(config.users, user->name, &RpcUser::name) != config.users.end())
      return reject(RejectCode::kConfig, "rpc-auth names the user " + user->name + " twice; leave one of the lines");
    config.users.push_back(*std::move(user));
  }
  rpc_tools_ = std::make_unique<RpcTools>(config.limits.places, config.limits.large_bytes, logging_.get("rpc"));
  rpc_parts_.reset(new RpcParts{
      .chain = *chain_,
      .snapshot = snapshot_,
      .models = *models_,
      .store = *store_,
      .tools = *rpc_tools_,
      .logging = logging_,
      .peers = *peers_,
      .mining_info = [this] { return miner_->info(); },
      .set_mining = [this](bool on) -> Result<> {
        if (const MiningInfo info = miner_->info(); on && info.refused) {
          return reject(RejectCode::kSelfTestFailed, info.state);
        }
        miner_->set_enabled(on);
        return {};
      },
      .desk = *desk_,
      .generator = *generator_,
      .keys = *reward_keys_,
      .last_reject = [this] { return events_->last_reject(); },
      .verification = verification_.get(),
      .keep_models = options_.keep_models,
      .replay_stats = [this] { return events_->replay_stats(verifier_->queued()); },
      .request_stop = request_stop_,
      .version = kVersion,
      .user_agent = std::string("freezenet/") + kVersion,
      .started_at = clock_.unix_seconds(),
      .clock = clock_,
      .wallet = wallet_.get(),
  });
  rpc_ = std::make_unique<RpcServer>(std::move(config), node_methods(*rpc_parts_), *rpc_tools_);
  return rpc_->start();
}

void Node::close_storage() {
  // SQLite would do the same, and keep to itself how it went. What is in the log is safe either way.
  if (!store_ || failed_) return;
  if (auto finished = store_->finish(); !finished && finished.error().code != RejectCode::kDiskFull) {
    logging_.get("node")->critical("{}", finished.error().message());
    failed_ = true;
  }
}

void Node::reopen_log() {
  if (auto opened = logging_.reopen(); !opened)
    logging_.get("node")->error("{}", opened.error().detail);
  else
    logging_.get("node")->info("the log file is opened anew");
}

void Node::stop() {
  // From the outside in: who asks first, then who works, then who writes.
  if (wallet_) wallet_->begin_stop();
  if (desk_) desk_->stop();  // whoever waits there is answered, or RPC would wait for it
  if (generator_) generator_->stop();
  if (verification_) verification_->stop();  // RPC waits for what it was asked
  if (rpc_) rpc_->stop();
  if (wallet_) wallet_->stop();
  if (miner_) miner_->stop();
  if (peers_ && net_thread_.joinable()) peers_->stop_and_wait();
  if (verifier_) verifier_->stop();
  if (chain_) chain_->stop();
  net_work_.reset();
  if (net_thread_.joinable()) {
    net_thread_.join();
    close_storage();
    logging_.get("node")->info("stopped");
    logging_.flush();
  }
}

}  // namespace freezenet::daemon
