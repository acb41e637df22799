#include "daemon/rpc/doorkeeper.h"

#include <algorithm>
#include <map>

namespace freezenet::daemon {

Doorkeeper::Doorkeeper(const Places& places, std::shared_ptr<spdlog::logger> log) : places_(places) {
  if (log) log_ = std::make_unique<net::QuietLog>(std::move(log), net::Limits{});
}

Doorkeeper::Entries::iterator Doorkeeper::find(const Guest& guest) {
  return std::ranges::find(entries_, &guest, [](const Entry& entry) { return static_cast<const Guest*>(entry.guest); });
}

std::size_t Doorkeeper::count(bool strangers) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(entries_, [&](const Entry& e) { return e.stranger == strangers && !e.leaving; }));
}

std::size_t Doorkeeper::count_of(const std::string& key) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(entries_, [&](const Entry& e) { return e.stranger && !e.leaving && e.key == key; }));
}

Doorkeeper::Entry* Doorkeeper::oldest_stranger(std::string key) {
  if (key.empty()) {
    std::map<std::string, std::size_t> counts;
    for (const Entry& entry : entries_) {
      if (entry.stranger && !entry.leaving) ++counts[entry.key];
    }
    const auto most = std::ranges::max_element(counts, {}, [](const auto& row) { return row.second; });
    if (most == counts.end()) return nullptr;
    key = most->first;
  }
  const auto found = std::ranges::find_if(
      entries_, [&](const Entry& entry) { return entry.stranger && !entry.leaving && entry.key == key; });
  return found == entries_.end() ? nullptr : &*found;
}

void Doorkeeper::turn_out(Entry& entry) {
  entry.leaving = true;
  ++turned_out_;
  entry.guest->turn_out();
}

void Doorkeeper::enter(Guest& guest, const boost::asio::ip::address& from) {
  std::string key = stranger_key(from);
  Entry* gives_way = nullptr;
  if (count_of(key) >= places_.one_address)
    gives_way = oldest_stranger(key);
  else if (strangers() >= places_.strangers)
    gives_way = oldest_stranger({});
  if (gives_way != nullptr) turn_out(*gives_way);
  entries_.push_back({&guest, from, std::move(key)});
}

bool Doorkeeper::recognise(Guest& guest) {
  const auto entry = find(guest);
  if (entry == entries_.end() || entry->leaving) return false;
  if (entry->stranger && known() >= places_.known) {
    const auto idle =
        std::ranges::find_if(entries_, [](const Entry& e) { return !e.stranger && !e.leaving && e.guest->idle(); });
    if (idle == entries_.end()) return false;
    turn_out(*idle);
  }
  entry->stranger = false;
  entries_.splice(entries_.end(), entries_, entry);
  return true;
}

void Doorkeeper::leave(Guest& guest) {
  if (const auto entry = find(guest); entry != entries_.end()) entries_.erase(entry);
}

std::chrono::milliseconds Doorkeeper::wrong_login(Guest& guest) {
  const auto entry = find(guest);
  if (entry == entries_.end()) return {};
  ++wrong_logins_;
  tell("wrong login from " + entry->from.to_string());
  return throttle_.wrong_login(entry->from, LoginThrottle::Clock::now());
}

void Doorkeeper::tell(const std::string& line) {
  if (log_) log_->event(line);
}

void Doorkeeper::turn_everybody_out() {
  for (Entry& entry : entries_) {
    if (!entry.leaving) turn_out(entry);
  }
}

}  // namespace freezenet::daemon
