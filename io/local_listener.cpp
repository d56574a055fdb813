#include "io/local_socket.hpp"
#include "io/scoped_timer.hpp"
#include "io/sleep.hpp"
#include "io/spawn.hpp"

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <map>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace io {

using Protocol = asio::local::stream_protocol;

struct LocalListener::State : std::enable_shared_from_this<LocalListener::State> {
    State(asio::any_io_executor on, Clock& with, std::string at, Answer make, LocalLimits within)
        : executor(std::move(on)), clock(with), path(std::move(at)), answer(std::move(make)), limits(within), acceptor(executor) {}

    asio::awaitable<void> serve();
    asio::awaitable<void> converse(std::shared_ptr<Protocol::socket> socket, Peer peer);

    asio::any_io_executor executor;
    Clock& clock;
    std::string path;
    Answer answer;
    LocalLimits limits;
    Protocol::acceptor acceptor;
    std::uint32_t connections = 0;
    std::map<std::uint32_t, std::uint32_t> by_user;
    bool closed = false;
};

namespace {

std::optional<Peer> peer_of(Protocol::socket& socket) {
    ucred credentials{};
    socklen_t length = sizeof credentials;
    if (getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0) return std::nullopt;
    return Peer{.user = credentials.uid, .group = credentials.gid, .process = credentials.pid};
}

/// Something accepts connections there.
bool answers(const std::string& path) {
    const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (socket < 0) return false;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    const bool connected = connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    ::close(socket);
    return connected;
}

} // namespace

asio::awaitable<void> LocalListener::State::converse(std::shared_ptr<Protocol::socket> socket, Peer peer) {
    const auto cut = [socket] {
        boost::system::error_code ignored;
        socket->close(ignored);
    };
    boost::system::error_code error;
    std::string question;
    {
        ScopedTimer patience(clock, clock.now().boot + limits.patience, cut);
        co_await asio::async_read_until(*socket, asio::dynamic_buffer(question, limits.largest_question), '\n',
                                        asio::redirect_error(asio::use_awaitable, error));
    }
    if (error || closed) co_return;
    question.resize(question.find('\n'));
    std::string reply = co_await answer(peer, std::move(question));
    reply += '\n';
    ScopedTimer patience(clock, clock.now().boot + limits.patience, cut);
    co_await asio::async_write(*socket, asio::buffer(reply), asio::redirect_error(asio::use_awaitable, error));
}

asio::awaitable<void> LocalListener::State::serve() {
    while (!closed) {
        boost::system::error_code error;
        auto socket = std::make_shared<Protocol::socket>(executor);
        co_await acceptor.async_accept(*socket, asio::redirect_error(asio::use_awaitable, error));
        if (closed) co_return;
        if (error) {
            // out of descriptors, most likely: the waiting connection would make this a busy loop
            spdlog::warn("control socket: {}", error.message());
            co_await sleep_until(clock, clock.now().boot + model::Milliseconds{1'000});
            continue;
        }
        const auto peer = peer_of(*socket);
        if (!peer || connections >= limits.connections || (peer->user != 0 && by_user[peer->user] >= limits.connections_per_user)) continue;
        ++connections;
        ++by_user[peer->user];
        spawn(executor, converse(socket, *peer), [self = shared_from_this(), user = peer->user](std::exception_ptr failure) {
            --self->connections;
            if (--self->by_user[user] == 0) self->by_user.erase(user);
            if (failure == nullptr) return;
            try {
                std::rethrow_exception(failure);
            } catch (const std::exception& what) {
                spdlog::error("control socket: an answer failed: {}", what.what());
            }
        });
    }
}

LocalListener::LocalListener(asio::any_io_executor executor, Clock& clock, std::string path, Answer answer, LocalLimits limits)
    : state_(std::make_shared<State>(std::move(executor), clock, std::move(path), std::move(answer), limits)) {}

LocalListener::~LocalListener() { close(); }

std::expected<void, std::string> LocalListener::open() {
    const auto fail = [&](const std::string& why) { return std::unexpected("control socket " + state_->path + ": " + why); };
    if (state_->path.size() >= sizeof(sockaddr_un::sun_path))
        return fail(fmt::format("the path is longer than the {} bytes that sockets allow; set a shorter runtime_directory",
                                sizeof(sockaddr_un::sun_path) - 1));
    struct stat status{};
    if (lstat(state_->path.c_str(), &status) == 0) {
        if (!S_ISSOCK(status.st_mode)) return fail("something that is no socket stands there; remove it");
        if (answers(state_->path)) return fail("another hinomi serves it; stop that one, or set another runtime_directory");
        unlink(state_->path.c_str());
    }
    boost::system::error_code error;
    state_->acceptor.open(Protocol(), error);
    if (!error) state_->acceptor.bind(Protocol::endpoint(state_->path), error);
    // Everybody may knock: who may do what is decided by the peer's credentials, with a sentence that says so.
    if (!error && chmod(state_->path.c_str(), 0666) != 0) error.assign(errno, boost::system::system_category());
    if (!error) state_->acceptor.listen(static_cast<int>(state_->limits.connections), error);
    if (error) return fail(error.message());
    spawn(state_->executor, state_->serve(), [self = state_](std::exception_ptr failure) {
        if (failure != nullptr && !self->closed) spdlog::error("control socket: serving ended");
    });
    return {};
}

void LocalListener::close() {
    if (state_->closed || !state_->acceptor.is_open()) return;
    state_->closed = true;
    boost::system::error_code ignored;
    state_->acceptor.close(ignored);
    unlink(state_->path.c_str());
}

} // namespace io
