#include "core/http/problem.hpp"

#include <gtest/gtest.h>

namespace mortise::http {
namespace {

const base::Uuid kId = *base::Uuid::parse("018f2d6e-0000-7000-8000-000000000001");

TEST(Problem, HasTheMembersOfRfc9457AndOurs) {
    const Response response = problem(404, "not_found", "No such \"thing\".", kId);
    EXPECT_EQ(response.status, 404);
    EXPECT_EQ(response.content_type, "application/problem+json");
    EXPECT_EQ(response.code, "not_found") << "for the log";
    EXPECT_EQ(
        response.body,
        R"({"type":"urn:mortise:problem:not_found","title":"Not Found","status":404,"code":"not_found",)"
        R"("detail":"No such \"thing\".","request_id":"018f2d6e-0000-7000-8000-000000000001"})");
}

TEST(Problem, ListsWrongFields) {
    const std::vector<base::FieldError> fields{{"/a", "required", "Give it."},
                                               {"/b/0", "too_long", "Cut it."}};
    const Response response = problem(400, "invalid", "Mend it.", kId, fields);
    EXPECT_NE(response.body.find(R"("errors":[{"pointer":"/a","code":"required","detail":"Give it."},)"
                                 R"({"pointer":"/b/0","code":"too_long","detail":"Cut it."}]})"),
              std::string::npos)
        << response.body;
}

TEST(Problem, OfAnErrorShowsNothingInternal) {
    base::Error error = base::internal_error("secret of the operator");
    error.retry_after_s = 7;
    const Response response = problem(error, kId);
    EXPECT_EQ(response.status, 500);
    EXPECT_EQ(response.body.find("secret"), std::string::npos);
    EXPECT_EQ(response.headers, (decltype(response.headers){{"Retry-After", "7"}}));
}

TEST(Problem, MapsEachKind) {
    using base::ErrorKind;
    const std::vector<std::pair<ErrorKind, int>> table{
        {ErrorKind::kInvalid, 400},         {ErrorKind::kUnprocessable, 422},
        {ErrorKind::kUnauthenticated, 401}, {ErrorKind::kForbidden, 403},
        {ErrorKind::kNotFound, 404},        {ErrorKind::kConflict, 409},
        {ErrorKind::kPrecondition, 412},    {ErrorKind::kPreconditionRequired, 428},
        {ErrorKind::kTooLarge, 413},        {ErrorKind::kUnsupportedType, 415},
        {ErrorKind::kRateLimited, 429},     {ErrorKind::kUnavailable, 503},
        {ErrorKind::kTimeout, 504},         {ErrorKind::kInternal, 500}};
    for (const auto& [kind, status] : table) {
        EXPECT_EQ(status_of(kind), status);
        EXPECT_NE(reason_phrase(status), "Unknown") << status;
    }
}

}  // namespace
}  // namespace mortise::http
