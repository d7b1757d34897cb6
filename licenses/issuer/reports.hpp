#pragma once

#include "licenses/document/time.hpp"
#include "licenses/issuer/home.hpp"

#include <string>
#include <vector>

namespace mortise::issuer {

struct ReportTable {
    std::vector<std::string> columns;
    std::vector<std::vector<std::string>> rows;
};

struct ReportQuery {
    std::string subject;           // "" for all
    licenses::Seconds within = 0;  // of the expiring ones
};

// Month by month: quantity, the licence's allowance, and what was beyond it. The allowance is that of the
// newest licence of the line; "" where it sets none.
ReportTable report_usage(Home& home, const ReportQuery& query);
// Licences in force whose end is within the time, or has passed but for the grace; the soonest first.
ReportTable report_expiring(Home& home, const ReportQuery& query);
// By plan and currency: how many licences in force have a price, what subscriptions bring in 365 days, and
// what perpetual ones brought once. Trials don't count.
ReportTable report_revenue_base(Home& home, const ReportQuery& query);
// By licence in force and limit (users, nodes, machines, and kind seats): the number sold, activations, and
// the highest day that was reported since the licence began.
ReportTable report_seats(Home& home, const ReportQuery& query);

}  // namespace mortise::issuer
