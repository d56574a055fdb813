#include "ledger/chain.hpp"

#include <openssl/evp.h>

#include <bit>
#include <memory>
#include <type_traits>

namespace ledger {

namespace {

static_assert(std::endian::native == std::endian::little, "the header layout is written as the machine has it");

template <typename Number> void put(std::string& bytes, Number number) {
    bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
}

/// Looked up once: finding an algorithm takes longer than hashing an event by it.
const EVP_MD* algorithm() {
    static const std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> found(EVP_MD_fetch(nullptr, "SHA256", nullptr), EVP_MD_free);
    return found ? found.get() : EVP_sha256();
}

model::Digest sha256(std::string_view first, std::string_view second = {}) {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    model::Digest digest{};
    EVP_DigestInit_ex(context.get(), algorithm(), nullptr);
    EVP_DigestUpdate(context.get(), first.data(), first.size());
    EVP_DigestUpdate(context.get(), second.data(), second.size());
    EVP_DigestFinal_ex(context.get(), digest.data(), nullptr);
    return digest;
}

std::string_view view(std::span<const std::uint8_t> bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

} // namespace

std::string header_bytes(const Header& header) {
    std::string bytes = "hinomi-1";
    put(bytes, header.sequence);
    put(bytes, header.epoch);
    put(bytes, static_cast<std::int64_t>(header.time.time_since_epoch().count()));
    put(bytes, static_cast<std::uint8_t>(header.retention));
    put(bytes, header.version);
    put(bytes, static_cast<std::uint32_t>(header.tenant.size()));
    bytes += header.tenant;
    bytes += view(header.payload_digest);
    bytes += view(header.previous);
    return bytes;
}

model::Digest header_hash(const Header& header) { return sha256(header_bytes(header)); }

model::Digest payload_digest(const model::Salt& salt, const std::string& payload) { return sha256(view(salt), payload); }

model::Digest link(std::span<StoredEvent> events, model::Digest head) {
    for (auto& event : events) {
        event.header.payload_digest = payload_digest(event.salt, event.payload);
        event.header.previous = head;
        head = header_hash(event.header);
    }
    return head;
}

} // namespace ledger
