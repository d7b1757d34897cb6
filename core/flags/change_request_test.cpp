#include "core/flags/change_request_service.hpp"
#include "core/flags/environment_service.hpp"
#include "core/flags/flag_history.hpp"
#include "core/flags/test_service.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>

namespace mortise::flags {
namespace {

class ChangeRequestTest : public ServiceTest {
 protected:
    ChangeRequestTest() {
        bob = person("bob");
        eve = person("eve");
        ServiceTest::put(acme, "f", flag("off")).ok();
    }
    base::RequestContext person(const char* name) {
        auto context = acme;
        context.principal = {base::PrincipalKind::kUser, base::new_uuid(world.clock), name};
        context.actor = context.principal;
        return context;
    }
    static Requester by(const base::RequestContext& context) { return {context, context.principal.id}; }

    static std::string put_flag(std::string_view key, const std::string& definition) {
        return R"({"op":"put_flag","key":")" + std::string(key) + R"(","definition":)" + definition + "}";
    }
    auto create(const base::RequestContext& context, const std::string& changes,
                std::optional<base::Micros> apply_at = {}) {
        return world.write([&](storage::Unit& unit) {
            return requests.create(by(context), unit, {"title", "", "[" + changes + "]", apply_at});
        });
    }
    base::Uuid made(const std::string& changes, std::optional<base::Micros> apply_at = {}) {
        const auto view = create(acme, changes, apply_at);
        if (view) return view->request.id;
        ADD_FAILURE() << view.error().code << view.error().log_text;
        return {};
    }
    auto review(const base::RequestContext& context, const base::Uuid& id, bool approve = true,
                const tenancy::IfMatch& version = {}) {
        return world.write([&](storage::Unit& unit) {
            return requests.review(by(context), unit, id, approve, "", version);
        });
    }
    auto edit(const base::RequestContext& context, const base::Uuid& id, const std::string& changes,
              const tenancy::IfMatch& version = {}) {
        return world.write([&](storage::Unit& unit) {
            return requests.edit(by(context), unit, id, {"title", "", "[" + changes + "]", {}}, version);
        });
    }
    auto apply(const base::Uuid& id) {
        return world.write([&](storage::Unit& unit) { return requests.apply(acme, unit, id); });
    }
    ChangeRequests::View get(const base::Uuid& id) {
        auto view = world.read([&](storage::Unit& unit) { return requests.get(acme, unit, id); });
        if (view) return *std::move(view);
        ADD_FAILURE() << view.error().code;
        return {};
    }
    std::size_t run_due() {
        const auto done = requests.apply_due(*world.database);
        tenancy::World::check(world.snapshots.refresh());
        if (done) return *done;
        ADD_FAILURE() << done.error().code << done.error().log_text;
        return 0;
    }

    bool author_stands = true;
    ChangeRequests requests{{flags, segments}, world.clock, [this](storage::Unit&, const ChangeRequest&) {
                                return base::Result<bool>(author_stands);
                            }};
    base::RequestContext bob;
    base::RequestContext eve;
};

TEST_F(ChangeRequestTest, WhereApprovalsAreNeededNobodyWritesDirectly) {
    need_approvals(acme, 1);
    EXPECT_EQ(code_of(put(acme, "f", flag("on"))), "approval_required");
    EXPECT_EQ(code_of(remove(acme, "f")), "approval_required");
    EXPECT_EQ(code_of(override_with(acme, "f", "ada", "on")), "approval_required");
    EXPECT_EQ(code_of(world.write([&](storage::Unit& unit) { return flags.put_set(acme, unit, "{}", {}); })),
              "approval_required");
    EXPECT_EQ(code_of(world.write(
                  [&](storage::Unit& unit) { return flags.import(acme, unit, R"({"flags":{}})"); })),
              "approval_required");
    FlagHistory history(flags, segments);
    EXPECT_EQ(code_of(world.write(
                  [&](storage::Unit& unit) { return history.restore(acme, unit, kFlagSpace, "f", 1, {}); })),
              "approval_required");
    EXPECT_EQ(code_of(put(other, "f", flag("on"))), "") << "it is of one tenant";
    auto staging = acme;
    staging.environment = "staging";
    EXPECT_EQ(code_of(put(staging, "g", flag("on"))), "") << "and of one environment";
    EXPECT_EQ(code_of(world.write([&](storage::Unit& unit) { return flags.archive(acme, unit, "f"); })),
              "approval_required");
    EXPECT_EQ(code_of(world.write([&](storage::Unit& unit) {
                  return flags.promote(staging, unit, "g", "staging", "production");
              })),
              "approval_required");
    EXPECT_EQ(code_of(world.write([&](storage::Unit& unit) { return segments.put(acme, unit, "s", "{}"); })),
              "approval_required");
    EXPECT_EQ(code_of(world.write([&](storage::Unit& unit) { return flags.kill(acme, unit, "f", "smoke"); })),
              "")
        << "a fire is put out at once";
}

TEST_F(ChangeRequestTest, ItIsAppliedOnceEnoughHaveAgreed) {
    need_approvals(acme, 2);
    const auto id = made(put_flag("f", flag("on")) + "," + put_flag("g", flag("on")));
    EXPECT_EQ(code_of(apply(id)), "approval_required");
    EXPECT_EQ(code_of(review(bob, id)), "");
    EXPECT_EQ(code_of(review(bob, id)), "") << "again, which counts once";
    EXPECT_EQ(get(id).approvals, 1);
    EXPECT_EQ(code_of(apply(id)), "approval_required");
    EXPECT_EQ(variant(acme, "f"), "off");
    EXPECT_EQ(code_of(review(eve, id)), "");
    const auto done = apply(id);
    ASSERT_TRUE(done) << done.error().detail;
    EXPECT_EQ(done->request.state, "applied");
    EXPECT_EQ(variant(acme, "f"), "on");
    EXPECT_EQ(variant(acme, "g"), "on");
    EXPECT_EQ(code_of(apply(id)), "change_request_closed");
    const auto entry = world.read([&](storage::Unit& unit) {
        return FlagHistory(flags, segments).get(acme, unit, kFlagSpace, "f", 2);
    });
    ASSERT_TRUE(entry);
    EXPECT_EQ(entry->change_request, id);
    EXPECT_EQ(entry->comment, "title");
}

TEST_F(ChangeRequestTest, TheAuthorDoesNotApprove) {
    need_approvals(acme, 1);
    const auto id = made(put_flag("f", flag("on")));
    EXPECT_EQ(code_of(review(acme, id)), "own_change_request");
    auto key = acme;
    key.principal = {base::PrincipalKind::kApiKey, base::new_uuid(world.clock), "mk_12345678"};
    key.actor = key.principal;
    EXPECT_EQ(code_of(review(key, id)), "person_required");
    // An author by an API key is the user that owns it.
    const auto by_key = world.write([&](storage::Unit& unit) {
        return requests.create({key, bob.principal.id}, unit,
                               {"title", "", "[" + put_flag("g", flag("on")) + "]", {}});
    });
    ASSERT_TRUE(by_key);
    EXPECT_EQ(code_of(review(bob, by_key->request.id)), "own_change_request");
    EXPECT_EQ(code_of(review(eve, by_key->request.id)), "");
}

TEST_F(ChangeRequestTest, AnEditVoidsApprovals) {
    need_approvals(acme, 1);
    const auto id = made(put_flag("f", flag("on")));
    ASSERT_TRUE(review(bob, id));
    EXPECT_EQ(code_of(edit(bob, id, put_flag("f", flag("on")))), "not_the_author");
    ASSERT_TRUE(edit(acme, id, put_flag("h", flag("on"))));
    EXPECT_EQ(get(id).approvals, 0);
    EXPECT_EQ(get(id).reviews.size(), 1U) << "it was there, and is shown";
    EXPECT_EQ(code_of(apply(id)), "approval_required");
    ASSERT_TRUE(review(bob, id));
    ASSERT_TRUE(apply(id));
    EXPECT_EQ(variant(acme, "f"), "off");
    EXPECT_EQ(variant(acme, "h"), "on");
}

TEST_F(ChangeRequestTest, AnApprovalIsOfWhatWasRead) {
    const auto id = made(put_flag("f", flag("on")));
    const auto seen = get(id).request.version;
    ASSERT_TRUE(edit(acme, id, put_flag("h", flag("on")), seen));
    EXPECT_EQ(code_of(review(bob, id, true, seen)), "version_mismatch");
    EXPECT_EQ(code_of(edit(acme, id, put_flag("h", flag("on")), seen)), "version_mismatch");
}

TEST_F(ChangeRequestTest, WhatWasRefusedOrWithdrawnIsOver) {
    const auto refused = made(put_flag("f", flag("on")));
    ASSERT_TRUE(review(bob, refused, false));
    EXPECT_EQ(get(refused).request.state, "rejected");
    EXPECT_EQ(code_of(apply(refused)), "change_request_closed");
    EXPECT_EQ(code_of(review(eve, refused)), "change_request_closed");
    EXPECT_EQ(code_of(edit(acme, refused, put_flag("f", flag("on")))), "change_request_closed");
    const auto withdrawn = made(put_flag("f", flag("on")));
    const auto withdraw = [&](const base::RequestContext& who) {
        return code_of(world.write(
            [&](storage::Unit& unit) { return requests.withdraw(by(who), unit, withdrawn, {}); }));
    };
    EXPECT_EQ(withdraw(bob), "not_the_author");
    EXPECT_EQ(withdraw(acme), "");
    EXPECT_EQ(code_of(apply(withdrawn)), "change_request_closed");
}

TEST_F(ChangeRequestTest, ItIsAppliedToWhatItWasMadeForOrNotAtAll) {
    const auto id = made(put_flag("new", flag("on")) + "," + put_flag("f", flag("on")));
    EXPECT_FALSE(get(id).outdated);
    ASSERT_TRUE(put(acme, "f", flag("off", R"({"if":[false,"on"]})")));
    EXPECT_TRUE(get(id).outdated);
    EXPECT_EQ(code_of(apply(id)), "change_request_outdated");
    EXPECT_EQ(variant(acme, "new"), "none") << "all or nothing";
    EXPECT_EQ(get(id).request.state, "open");
    ASSERT_TRUE(edit(acme, id, put_flag("new", flag("on")) + "," + put_flag("f", flag("on"))));
    ASSERT_TRUE(apply(id));
    EXPECT_EQ(variant(acme, "f"), "on");
}

// The versions of a flag that was deleted and made anew are the same numbers.
TEST_F(ChangeRequestTest, AFlagThatWasMadeAnewIsAnotherOne) {
    const auto id = made(put_flag("f", flag("on")));
    ASSERT_TRUE(remove(acme, "f"));
    ASSERT_TRUE(put(acme, "f", flag("off")));
    EXPECT_EQ(code_of(apply(id)), "change_request_outdated");
}

TEST_F(ChangeRequestTest, WhatIsThereAlreadyOutdatesWhatWasToBeMade) {
    const auto id = made(put_flag("new", flag("on")));
    ASSERT_TRUE(put(acme, "new", flag("off")));
    EXPECT_EQ(code_of(apply(id)), "change_request_outdated");
}

TEST_F(ChangeRequestTest, EveryKindOfChangeIsMade) {
    ASSERT_TRUE(put(acme, "old", flag("on")));
    ASSERT_TRUE(put(acme, "dusty", flag("on")));
    ASSERT_TRUE(override_with(acme, "f", "eve", "on"));
    const auto id = made(
        R"({"op":"delete_flag","key":"old"},{"op":"put_segment","key":"s","definition":{"included":["ada"]}},)"
        R"({"op":"archive_flag","key":"dusty"},{"op":"put_flag_set","definition":{"$evaluators":{"yes":{"==":[1,1]}}}},)" +
        put_flag("ruled", flag("off", R"({"if":[{"and":[{"$ref":"yes"},{"$ref":"s"}]},"on"]})")) +
        R"(,{"op":"put_override","key":"f","targeting_key":"ada","variant":"on"})"
        R"(,{"op":"put_override","key":"f","variant":"off"},{"op":"delete_override","key":"f","targeting_key":"eve"})");
    const auto done = apply(id);
    ASSERT_TRUE(done) << done.error().code << done.error().detail;
    EXPECT_EQ(variant(acme, "old"), "none");
    EXPECT_EQ(variant(acme, "ruled"), "off");
    EXPECT_EQ(variant(acme, "ruled", "ada"), "on");
    EXPECT_EQ(variant(acme, "dusty"), "none");
    EXPECT_EQ(variant(acme, "f", "ada"), "on");
    EXPECT_EQ(variant(acme, "f", "eve"), "off");
}

TEST_F(ChangeRequestTest, AChangeThatIsRefusedUndoesAll) {
    const auto id = made(put_flag("g", flag("on")) + R"(,{"op":"put_override","key":"f","variant":"nope"})");
    const auto done = apply(id);
    EXPECT_EQ(code_of(done), "unknown_variant");
    EXPECT_EQ(done.error().fields.at(0).pointer, "/changes/1/variant");
    EXPECT_EQ(variant(acme, "g"), "none");
    EXPECT_EQ(get(id).request.state, "open");
}

TEST_F(ChangeRequestTest, WhatIsWrongIsSaidAtOnce) {
    const auto faults = [&](const std::string& changes) {
        const auto view = create(acme, changes);
        std::string all = code_of(view);
        if (!view)
            for (const auto& fault : view.error().fields)
                all += " " + fault.pointer;
        return all;
    };
    EXPECT_EQ(faults(""), "invalid_body /changes");
    EXPECT_EQ(faults(R"({"op":"nope"},1)"), "invalid_body /changes/0/op /changes/1");
    EXPECT_EQ(faults(R"({"op":"put_flag","key":"a\u0001","definition":1,"x":2})"),
              "invalid_body /changes/0/definition /changes/0/x /changes/0/key");
    EXPECT_EQ(faults(R"({"op":"put_override","key":"f","plan":"p","targeting_key":"u"})"),
              "invalid_body /changes/0/variant /changes/0/plan");
    EXPECT_EQ(faults(put_flag("f", flag("on")) + R"(,{"op":"delete_flag","key":"f"})"),
              "invalid_body /changes/1");
    EXPECT_EQ(faults(put_flag("f", flag("nope"))), "invalid_flag /changes/0/definition/defaultVariant");
    EXPECT_EQ(faults(put_flag("f", flag("on", R"({"if":[{"$ref":"nope"},"on"]})"))),
              "invalid_flag /changes/0/definition/targeting/if/0/$ref");
    EXPECT_EQ(faults(R"({"op":"put_flag_set","definition":{"fractional":"v4"}})"),
              "invalid_flag_set /changes/0/definition/fractional");
    std::string many = put_flag("k0", flag("on"));
    for (int i = 1; i <= 100; ++i)
        many += "," + put_flag("k" + std::to_string(i), flag("on"));
    EXPECT_EQ(faults(many), "invalid_body /changes");
}

TEST_F(ChangeRequestTest, ARequestIsItsTenantsAndItsEnvironments) {
    const auto id = made(put_flag("f", flag("on")));
    const auto read = [&](const base::RequestContext& context) {
        return code_of(world.read([&](storage::Unit& unit) { return requests.get(context, unit, id); }));
    };
    auto staging = acme;
    staging.environment = "staging";
    EXPECT_EQ(read(other), "change_request_not_found");
    EXPECT_EQ(read(platform), "change_request_not_found");
    EXPECT_EQ(read(staging), "change_request_not_found");
    EXPECT_EQ(read(acme), "");
}

TEST_F(ChangeRequestTest, RequestsAreListedByState) {
    made(put_flag("f", flag("on")));
    const auto applied = made(put_flag("g", flag("on")));
    ASSERT_TRUE(apply(applied));
    const auto count = [&](std::string_view state) {
        const auto page = world.read([&](storage::Unit& unit) {
            return requests.list(acme, unit, state, {.limit = 10, .cursor = {}});
        });
        return page ? page->items.size() : 99;
    };
    EXPECT_EQ(count(""), 2U);
    EXPECT_EQ(count("open"), 1U);
    EXPECT_EQ(count("applied"), 1U);
    EXPECT_EQ(count("failed"), 0U);
}

TEST_F(ChangeRequestTest, AScheduledOneIsAppliedAtItsTime) {
    const auto at = world.clock.now() + 60 * base::kMicrosPerSecond;
    const auto id = made(put_flag("f", flag("on")), at);
    EXPECT_EQ(code_of(apply(id)), "change_request_scheduled");
    world.clock.advance_s(59);
    EXPECT_EQ(run_due(), 0U);
    EXPECT_EQ(variant(acme, "f"), "off");
    world.clock.advance_s(1);
    EXPECT_EQ(run_due(), 1U);
    EXPECT_EQ(variant(acme, "f"), "on");
    EXPECT_EQ(get(id).request.state, "applied");
    EXPECT_EQ(run_due(), 0U);
    const auto entry = world.read([&](storage::Unit& unit) {
        return FlagHistory(flags, segments).get(acme, unit, kFlagSpace, "f", 2);
    });
    ASSERT_TRUE(entry);
    EXPECT_EQ(entry->author.id, acme.principal.id) << "in the name of its author";
}

TEST_F(ChangeRequestTest, AScheduledOneWaitsForItsApprovals) {
    need_approvals(acme, 1);
    const auto id = made(put_flag("f", flag("on")), world.clock.now() + 1);
    world.clock.advance_s(10);
    EXPECT_EQ(run_due(), 0U);
    EXPECT_EQ(get(id).request.state, "open");
    ASSERT_TRUE(review(bob, id));
    EXPECT_EQ(run_due(), 1U);
    EXPECT_EQ(variant(acme, "f"), "on");
}

TEST_F(ChangeRequestTest, WhoMayWriteNoMoreChangesNothingLater) {
    const auto id = made(put_flag("f", flag("on")), world.clock.now() + 1);
    world.clock.advance_s(10);
    author_stands = false;
    EXPECT_EQ(run_due(), 0U);
    EXPECT_EQ(variant(acme, "f"), "off");
    EXPECT_EQ(get(id).request.state, "failed");
    EXPECT_EQ(get(id).request.error, "author_not_allowed");
}

TEST_F(ChangeRequestTest, ASuspendedTenantsOneWaits) {
    const auto id = made(put_flag("f", flag("on")), world.clock.now() + 1);
    world.clock.advance_s(10);
    ASSERT_TRUE(
        world.write([&](storage::Unit& unit) { return world.tenants.suspend(platform, unit, "acme", {}); }));
    EXPECT_EQ(run_due(), 0U);
    EXPECT_EQ(get(id).request.state, "open");
    ASSERT_TRUE(
        world.write([&](storage::Unit& unit) { return world.tenants.resume(platform, unit, "acme", {}); }));
    EXPECT_EQ(run_due(), 1U);
}

TEST_F(ChangeRequestTest, NoneOutlivesItsEnvironment) {
    EnvironmentService environments(world.clock);
    auto administrator = tenancy::system_context();
    administrator.scopes = "flags:read flags:write flags:approve";
    const auto remake = [&](bool remove) {
        return world.write([&](storage::Unit& unit) -> base::Status {
            if (remove) MORTISE_TRY(environments.remove(administrator, unit, "qa"));
            MORTISE_TRY(environments.put(administrator, unit, "qa", {"Ours.", 0}));
            return {};
        });
    };
    ASSERT_TRUE(remake(false));
    auto in_qa = acme;
    in_qa.environment = "qa";
    const auto made_there = create(in_qa, put_flag("ghost", flag("on")), world.clock.now() + 1);
    ASSERT_TRUE(made_there);
    world.clock.advance_s(10);
    ASSERT_TRUE(remake(true));
    EXPECT_EQ(run_due(), 0U);
    const auto after =
        world.read([&](storage::Unit& unit) { return requests.get(in_qa, unit, made_there->request.id); });
    EXPECT_EQ(after->request.state, "failed");
    EXPECT_EQ(after->request.error, "environment_not_found");
}

TEST_F(ChangeRequestTest, RemovingAnEnvironmentLiftsNoApprovals) {
    EnvironmentService environments(world.clock);
    auto writer = tenancy::system_context();
    writer.scopes = "flags:read flags:write";
    const auto put_qa = [&](const base::RequestContext& context, std::int64_t approvals) {
        return world.write([&](storage::Unit& unit) {
            return environments.put(context, unit, "qa", {"", approvals});
        });
    };
    ASSERT_TRUE(put_qa(writer, 0));
    ASSERT_TRUE(put_qa(acme, 2));  // a tenant's own matter
    const auto remove_qa = [&] {
        return world.write([&](storage::Unit& unit) { return environments.remove(writer, unit, "qa"); });
    };
    EXPECT_EQ(code_of(remove_qa()), "scope_required");
    writer.scopes += " flags:approve";
    EXPECT_TRUE(remove_qa());
}

TEST_F(ChangeRequestTest, AScheduledOneThatIsOutdatedFailsAndCanBeEdited) {
    const auto id = made(put_flag("f", flag("on")), world.clock.now() + 1);
    const auto fine = made(put_flag("g", flag("on")), world.clock.now() + 2);
    ASSERT_TRUE(put(acme, "f", flag("off", R"({"if":[false,"on"]})")));
    world.clock.advance_s(10);
    EXPECT_EQ(run_due(), 1U) << "one that fails stops no other one";
    EXPECT_EQ(get(id).request.state, "failed");
    EXPECT_EQ(get(id).request.error, "change_request_outdated");
    EXPECT_EQ(get(fine).request.state, "applied");
    EXPECT_EQ(run_due(), 0U);
    ASSERT_TRUE(edit(acme, id, put_flag("f", flag("on"))));
    EXPECT_EQ(get(id).request.state, "open");
    EXPECT_EQ(get(id).request.error, "");
    ASSERT_TRUE(apply(id));
}

// Several nodes look at once; each request is applied by one of them, and once.
TEST_F(ChangeRequestTest, OfSeveralNodesOneAppliesIt) {
    std::vector<base::Uuid> ids;
    for (int i = 0; i < 8; ++i)
        ids.push_back(made(put_flag("k" + std::to_string(i), flag("on")), world.clock.now() + 1));
    world.clock.advance_s(10);
    std::atomic<std::size_t> applied = 0;
    std::vector<std::thread> nodes;
    for (int i = 0; i < 4; ++i)
        nodes.emplace_back([&] {
            FlagService own_flags{world.clock};
            SegmentService own_segments{world.clock};
            ChangeRequests own({own_flags, own_segments}, world.clock,
                               [](storage::Unit&, const ChangeRequest&) { return base::Result<bool>(true); });
            const auto done = own.apply_due(*world.database);
            if (done) applied += *done;
        });
    for (auto& node : nodes)
        node.join();
    run_due();
    EXPECT_LE(applied.load(), ids.size());
    for (std::size_t i = 0; i < ids.size(); ++i) {
        EXPECT_EQ(get(ids[i]).request.state, "applied");
        const auto entries = world.read([&](storage::Unit& unit) {
            return FlagHistory(flags, segments)
                .list(acme, unit, kFlagSpace, "k" + std::to_string(i), {.limit = 10, .cursor = {}});
        });
        ASSERT_TRUE(entries);
        EXPECT_EQ(entries->items.size(), 1U) << "once";
    }
}

TEST_F(ChangeRequestTest, ATenantsRequestsGoWithIt) {
    const auto id = made(put_flag("f", flag("on")));
    ASSERT_TRUE(review(bob, id));
    ASSERT_TRUE(world.write([&](storage::Unit& unit) { return data.remove_rows(unit, acme.tenant); }));
    EXPECT_EQ(code_of(world.read([&](storage::Unit& unit) { return requests.get(acme, unit, id); })),
              "change_request_not_found");
}

}  // namespace
}  // namespace mortise::flags
