#include "table_format.hpp"

#include "model.hpp"
#include "mortise/errors.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace rules {
namespace {

using mortise::sdk::Call;
using mortise::sdk::Problem;
using mortise::sdk::Response;

struct Offer {
    TableFormat format;
    std::string_view name;  // of the parameter's value, and of a file's ending
    std::string_view type;
};

// What is liked best comes first.
constexpr std::array<Offer, 3> kOffers = {{{TableFormat::kJson, "json", "application/json"},
                                           {TableFormat::kCsv, "csv", kCsvType},
                                           {TableFormat::kXlsx, "xlsx", kXlsxType}}};

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kBlanks = " \t";
    const std::size_t begin = text.find_first_not_of(kBlanks);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

// What stands before the first `by`, which is taken away with it.
std::string_view take(std::string_view& text, char by) {
    const std::size_t end = std::min(text.find(by), text.size());
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return trimmed(part);
}

std::string lower(std::string_view text) {
    std::string result(text);
    for (char& c : result)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return result;
}

// How much a media range wants an offer, and how exactly it names it.
struct Wish {
    int exactness = -1;  // -1: it says nothing of it
    double quality = 0;
};

double quality_of(std::string_view parameters) {
    while (!parameters.empty()) {
        std::string_view value = take(parameters, ';');
        if (lower(take(value, '=')) != "q") continue;
        double quality = 0;
        const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), quality);
        const bool whole = error == std::errc{} && end == value.data() + value.size();
        return whole && quality >= 0 && quality <= 1 ? quality : 0;
    }
    return 1;
}

Wish wish_of(std::string_view range, std::string_view type) {
    const std::string named = lower(take(range, ';'));
    const std::string_view group = type.substr(0, type.find('/') + 1);
    if (named == type) return {2, quality_of(range)};
    if (named == std::string(group) + '*') return {1, quality_of(range)};
    if (named == "*/*") return {0, quality_of(range)};
    return {};
}

// The most exact of the header's ranges counts.
double quality_for(std::string_view accept, std::string_view type) {
    Wish best;
    while (!accept.empty()) {
        const Wish wish = wish_of(take(accept, ','), type);
        if (wish.exactness > best.exactness) best = wish;
    }
    return best.quality;
}

const Offer& offer_of(TableFormat format) {
    return *std::ranges::find(kOffers, format, &Offer::format);
}

}  // namespace

TableFormat accepted_format(std::string_view accept) {
    const Offer* best = nullptr;
    double most = 0;
    for (const Offer& offer : kOffers)
        if (const double quality = quality_for(accept, offer.type); quality > most) {
            best = &offer;
            most = quality;
        }
    if (best != nullptr) return best->format;
    throw Problem(406, "not_acceptable",
                  "The answer can be application/json, " + std::string(kCsvType) + " or " +
                      std::string(kXlsxType) + ".");
}

TableFormat wanted_format(const Call& call) {
    if (const auto format = call.query("format")) {
        const auto found = std::ranges::find(kOffers, *format, &Offer::name);
        if (found == kOffers.end())
            throw Problem(400, "invalid_parameter", "The parameter format must be json, csv or xlsx.");
        return found->format;
    }
    const auto accept = call.header("accept");
    return accept ? accepted_format(*accept) : TableFormat::kJson;
}

TableFormat given_format(const Call& call) {
    std::string_view type = call.header("content-type").value_or("");
    return lower(take(type, ';')) == kXlsxType ? TableFormat::kXlsx : TableFormat::kCsv;
}

Response file_answer(TableFormat format, std::string_view name, std::string body) {
    const Offer& offer = offer_of(format);
    std::string type(offer.type);
    if (format == TableFormat::kCsv) type += "; charset=utf-8";
    std::string disposition = "attachment; filename=\"" + make_key(name) + '.';
    disposition.append(offer.name).append("\"");
    return {200,
            {{"content-type", std::move(type)}, {"content-disposition", std::move(disposition)}},
            std::move(body),
            {}};
}

}  // namespace rules
