#pragma once

#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

namespace freezenet::daemon {

/// A client that sends whatever bytes a test wants. Blocks; the server's own deadlines end every wait.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port) : socket_(io_) {
    socket_.connect({boost::asio::ip::make_address("127.0.0.1"), port});
  }

  /// False where the server has closed.
  bool send(std::string_view bytes) {
    boost::system::error_code ec;
    boost::asio::write(socket_, boost::asio::buffer(bytes), ec);
    return !ec;
  }
  /// All that the server still sends, until it closes.
  std::string read_to_end() {
    boost::system::error_code ec;
    boost::asio::read(socket_, boost::asio::dynamic_buffer(received_), ec);
    return std::exchange(received_, {});
  }
  /// One response: head and body by its Content-Length.
  std::string read_response() {
    boost::system::error_code ec;
    boost::asio::read_until(socket_, boost::asio::dynamic_buffer(received_), "\r\n\r\n", ec);
    const std::size_t head = received_.find("\r\n\r\n");
    if (ec || head == std::string::npos) return std::exchange(received_, {});
    constexpr std::string_view kLength = "Content-Length: ";
    const std::size_t at = received_.find(kLength);
    const std::size_t length = at < head ? std::stoul(received_.substr(at + kLength.size())) : 0;
    const std::size_t whole = head + 4 + length;
    if (received_.size() < whole)
      boost::asio::read(socket_, boost::asio::dynamic_buffer(received_),
                        boost::asio::transfer_exactly(whole - received_.size()), ec);
    std::string response = received_.substr(0, whole);
    received_.erase(0, whole);
    return response;
  }

 private:
  boost::asio::io_context io_;
  boost::asio::ip::tcp::socket socket_;
  std::string received_;
};

}  // namespace freezenet::daemon
