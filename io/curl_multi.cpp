#include "io/curl_multi.hpp"

#include "io/sleep.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <map>
#include <mutex>
#include <stdexcept>
#include <utility>

namespace io {

namespace {

/// One transfer under way; lives in the waiting coroutine's frame.
struct Operation {
    explicit Operation(Clock& clock) : alarm(clock) {}
    Alarm alarm;
    bool ended = false;
    CURLcode code = CURLE_OK;
};

void initialise_library() {
    static std::once_flag once;
    std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

} // namespace

class CurlMulti::State : public std::enable_shared_from_this<State> {
public:
    State(asio::any_io_executor executor, Clock& clock) : executor_(std::move(executor)), clock_(clock) {
        initialise_library();
        multi_ = curl_multi_init();
        if (multi_ == nullptr) throw std::runtime_error("libcurl could not be initialised");
        curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &State::on_socket);
        curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
        curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &State::on_timer);
        curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    }

    ~State() {
        if (timer_ != 0) clock_.cancel(timer_);
        for (auto& [socket, watched] : sockets_) watched->descriptor.release();
        curl_multi_cleanup(multi_);
    }

    void add(CURL* easy, Operation& operation) {
        curl_easy_setopt(easy, CURLOPT_PRIVATE, &operation);
        curl_multi_add_handle(multi_, easy);
    }
    void remove(CURL* easy) { curl_multi_remove_handle(multi_, easy); }

    void finish(CURL* easy, CURLcode code) {
        Operation* operation = nullptr;
        curl_easy_getinfo(easy, CURLINFO_PRIVATE, &operation);
        if (operation == nullptr || operation->ended) return;
        operation->ended = true;
        operation->code = code;
        curl_multi_remove_handle(multi_, easy);
        operation->alarm.ring();
    }

    Clock& clock() { return clock_; }

private:
    using Descriptor = asio::posix::stream_descriptor;

    /// A socket of curl's. Waits refer to this object, not to the number, which may come again.
    struct Watched {
        Watched(const asio::any_io_executor& executor, curl_socket_t socket) : descriptor(executor, socket) {}
        Descriptor descriptor;
        int wanted = 0;
        bool reading = false;
        bool writing = false;
    };

    static int on_socket(CURL*, curl_socket_t socket, int what, void* self, void*) {
        static_cast<State*>(self)->watch(socket, what);
        return 0;
    }

    static int on_timer(CURLM*, long timeout_ms, void* self) {
        static_cast<State*>(self)->plan(timeout_ms);
        return 0;
    }

    void watch(curl_socket_t socket, int what) {
        const auto found = sockets_.find(socket);
        if (what == CURL_POLL_REMOVE) {
            if (found == sockets_.end()) return;
            found->second->wanted = 0;
            found->second->descriptor.release();  // curl closes it
            sockets_.erase(found);
            return;
        }
        auto& watched =
            found != sockets_.end() ? found->second : sockets_.emplace(socket, std::make_shared<Watched>(executor_, socket)).first->second;
        watched->wanted = what;
        arm(socket, watched);
    }

    void arm(curl_socket_t socket, const std::shared_ptr<Watched>& watched) {
        if ((watched->wanted & CURL_POLL_IN) != 0 && !watched->reading) {
            watched->reading = true;
            watched->descriptor.async_wait(Descriptor::wait_read,
                                           [weak = weak_from_this(), socket, watched](const boost::system::error_code& error) {
                                               watched->reading = false;
                                               ready(weak, socket, watched, CURL_CSELECT_IN, CURL_POLL_IN, error);
                                           });
        }
        if ((watched->wanted & CURL_POLL_OUT) != 0 && !watched->writing) {
            watched->writing = true;
            watched->descriptor.async_wait(Descriptor::wait_write,
                                           [weak = weak_from_this(), socket, watched](const boost::system::error_code& error) {
                                               watched->writing = false;
                                               ready(weak, socket, watched, CURL_CSELECT_OUT, CURL_POLL_OUT, error);
                                           });
        }
    }

    static void ready(const std::weak_ptr<State>& weak, curl_socket_t socket, const std::shared_ptr<Watched>& watched, int event, int wish,
                      const boost::system::error_code& error) {
        const auto self = weak.lock();
        if (!self || error == asio::error::operation_aborted || (watched->wanted & wish) == 0) return;
        self->act(socket, error ? CURL_CSELECT_ERR : event);
        const auto still = self->sockets_.find(socket);
        if (still != self->sockets_.end() && still->second == watched) self->arm(socket, watched);
    }

    void plan(long timeout_ms) {
        if (timer_ != 0) clock_.cancel(std::exchange(timer_, 0));
        if (timeout_ms < 0) return;
        timer_ = clock_.call_at(clock_.now().boot + model::Milliseconds{timeout_ms}, [weak = weak_from_this()] {
            const auto self = weak.lock();
            if (!self) return;
            self->timer_ = 0;
            self->act(CURL_SOCKET_TIMEOUT, 0);
        });
    }

    void act(curl_socket_t socket, int event) {
        int running = 0;
        curl_multi_socket_action(multi_, socket, event, &running);
        int left = 0;
        while (CURLMsg* message = curl_multi_info_read(multi_, &left)) {
            if (message->msg == CURLMSG_DONE) finish(message->easy_handle, message->data.result);
        }
    }

    asio::any_io_executor executor_;
    Clock& clock_;
    CURLM* multi_ = nullptr;
    std::map<curl_socket_t, std::shared_ptr<Watched>> sockets_;
    Clock::TimerId timer_ = 0;
};

CurlMulti::CurlMulti(asio::any_io_executor executor, Clock& clock) : state_(std::make_shared<State>(std::move(executor), clock)) {}
CurlMulti::~CurlMulti() = default;

asio::awaitable<CURLcode> CurlMulti::perform(CURL* easy) {
    const auto state = state_;
    Operation operation(state->clock());
    struct Guard {
        State& state;
        CURL* easy;
        Operation& operation;
        ~Guard() {
            if (!operation.ended) state.remove(easy);
        }
    } guard{*state, easy, operation};
    state->add(easy, operation);
    co_await operation.alarm.wait();
    co_return operation.code;
}

void CurlMulti::abort(CURL* easy) { state_->finish(easy, CURLE_ABORTED_BY_CALLBACK); }

} // namespace io
