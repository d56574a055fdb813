#pragma once

#include "model/notice.hpp"

#include <string>

namespace notifier {

/// The bytes of one mail (RFC 5322, CRLF line ends, no final dot): the same for the same arguments, so every retry sends
/// the same message. Text and HTML are UTF-8 in base64; no line is over 76 columns, apart from addresses and ids that
/// are longer by themselves. `from` is ADDRESS or NAME <ADDRESS>.
std::string mail_message(const model::Notice& notice, const model::Envelope& envelope, const std::string& from, const std::string& to);

} // namespace notifier
