#include "config/keys_table.hpp"

#include <array>

namespace config {

namespace {

using enum Mark;

// section, name, form, default, unit, source, mark, what it says
constexpr std::array rows{
    Key{"service", "title", "text map:title", "", "", "1.5", optional, "the service's name as customers read it; without it the key"},
    Key{"service", "timezone", "zone", "UTC", "", "2", product, "of hours, maintenance and months"},
    Key{"service", "hours", "word:always map:hours", "always", "", "III.2.1.1", product,
        "when the service is offered; left out, it counts as always, and item III.2.1.1 as not declared"},
    Key{"service", "regular_maintenance", "word:none list:maintenance", "", "", "III.2.1.1", optional,
        "recurring windows, or none; left out, item III.2.1.1 fails"},
    Key{"service", "availability", "percent", "99.5", "%", "III.2.1.1", guideline, "to be reached in every calendar month"},

    Key{"title", "ja", "text", "", "", "1.5", optional, "in Japanese"},
    Key{"title", "en", "text", "", "", "1.5", optional, "in English"},

    Key{"hours", "monday", "hours", "", "", "2", optional, "\"09:00-18:00\", several apart by commas; a day left out is closed"},
    Key{"hours", "tuesday", "hours", "", "", "2", optional, "the same"},
    Key{"hours", "wednesday", "hours", "", "", "2", optional, "the same"},
    Key{"hours", "thursday", "hours", "", "", "2", optional, "the same"},
    Key{"hours", "friday", "hours", "", "", "2", optional, "the same"},
    Key{"hours", "saturday", "hours", "", "", "2", optional, "the same"},
    Key{"hours", "sunday", "hours", "", "", "2", optional, "the same"},
    Key{"hours", "weekdays", "hours", "", "", "2", optional, "Monday to Friday"},
    Key{"hours", "daily", "hours", "", "", "2", optional, "every day"},
    Key{"hours", "closed_on", "list-of:date", "", "", "2", optional, "holidays: local days without service hours"},

    Key{"maintenance", "every", "word:day|week|month", "", "", "1.3", required, "how often the window comes again"},
    Key{"maintenance", "day", "text", "", "", "1.3", optional,
        "week: sunday; month: a day such as 15, or 2nd sunday, last friday; not with every: day"},
    Key{"maintenance", "from", "clock", "", "", "1.3", required, "local start, \"02:00\""},
    Key{"maintenance", "for", "duration", "", "", "1.3", required, "at most a day"},
    Key{"maintenance", "timezone", "zone", "Asia/Tokyo", "", "1.3", product, "of from and day"},
    Key{"maintenance", "lead", "duration", "24h", "", "2", product, "how long before the start it is announced"},
    Key{"maintenance", "title", "text", "", "", "1.5", optional, "what is done, as customers read it"},

    Key{"asset", "kind", "word:application|platform|server|storage|security_device|network_device|network", "", "", "III.1.1.1", required,
        "the guideline's kind of part"},
    Key{"asset", "service", "name", "", "", "design 4", optional, "the service that it serves; or services"},
    Key{"asset", "services", "names", "", "", "design 4", optional, "all the services that it serves"},
    Key{"asset", "owner", "text", "", "", "design 4", optional, "who looks after it"},
    Key{"asset", "was", "name", "", "", "design 4", optional, "its name before it was renamed: its watches keep their history"},
    Key{"asset", "depends_on", "names", "", "", "1.1", optional, "assets whose failure is this one's root cause"},
};

} // namespace

std::span<const Key> service_rows() { return rows; }

} // namespace config
