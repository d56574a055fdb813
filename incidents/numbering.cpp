#include "incidents/numbering.hpp"

namespace incidents {

model::IncidentId next_number(const Book& book, const std::string& date) {
    const auto used = book.numbers.find(date);
    const auto number = std::to_string(used == book.numbers.end() ? 1 : used->second + 1);
    return "INC-" + date + "-" + (number.size() < 2 ? "0" + number : number);
}

} // namespace incidents
