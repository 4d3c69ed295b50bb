import Postgres
import TestSupport
import Testing

/// Each named rule of the schema refuses what it should.
@Suite struct ConstraintTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var constraint: String
        var statement: String
        var testDescription: String { "\(constraint): \(statement)" }

        init(_ constraint: String, _ statement: String) {
            self.constraint = constraint
            self.statement = statement
        }
    }

    static let cases = accounts + items + uploads + jobs

    static let accounts =
        ["", "a:b", "a/b", "a\\u0007b", String(repeating: "x", count: 256)].map {
            Case("account_name_is_plain", "INSERT INTO account (name) VALUES (U&'\($0.replacing("\\u", with: "\\"))')")
        } + [Case("account_role_is_known", "INSERT INTO account (name, role) VALUES ('ann', 'King')")]

    static let items =
        ["", ".", "..", "a/b", "a\\0007b", "@upload", "++api++", String(repeating: "x", count: 256)].map {
            Case("item_name_is_a_path_segment", item(name: "U&'\($0)'"))
        } + [
            Case("blob_length_is_not_negative", "INSERT INTO blob (id, length) VALUES (gen_random_uuid(), -1)"),
            Case(
                "blob_sha256_has_its_length",
                "INSERT INTO blob (id, length, sha256) VALUES (gen_random_uuid(), 1, '\\x00')"),
            Case("item_kind_is_known", item(kind: "Document")),
            Case("item_state_is_known", item(state: "lost")),
            Case("item_root_alone_has_no_parent", item(parent: "NULL")),
            Case("item_root_alone_has_no_parent", item(kind: "Plone Site")),
            Case("item_root_is_one", item(parent: "NULL", kind: "Plone Site")),
            Case("item_published_file_has_its_blob", item(kind: "File")),
            Case("item_published_file_has_its_blob", item(kind: "Image")),
            Case("item_size_is_the_pixels_or_unknown", item(more: "width", values: "5")),
            Case("item_size_is_the_pixels_or_unknown", item(more: "height", values: "5")),
            Case("item_name_is_unique_in_its_folder", item() + ";" + item()),
            Case("item_parent_id_fkey", item(parent: "gen_random_uuid()")),
            Case("item_blob_id_fkey", item(more: "blob_id", values: "gen_random_uuid()")),
        ]

    static let uploads = [
        Case("upload_state_is_known", upload("state", "'lost'")),
        Case("upload_dialect_is_known", upload("dialect", "'http'")),
        Case("upload_kind_is_known", upload("metadata", "''", kind: "Folder")),
        Case("upload_offset_is_within_its_length", upload("\"offset\"", "-1")),
        Case("upload_offset_is_within_its_length", upload("length, \"offset\"", "5, 6")),
        Case("upload_offset_is_within_its_length", upload("length", "-1")),
        Case("upload_is_complete_at_its_length", upload("state, length, \"offset\"", "'complete', 5, 5")),
        Case(
            "upload_is_complete_at_its_length",
            upload("state, length, \"offset\", item_id", "'finalized', 5, 4, gen_random_uuid()")),
        Case(
            "upload_is_complete_at_its_length",
            upload("state, \"offset\", item_id", "'complete', 5, gen_random_uuid()")),
        Case("upload_is_complete_at_its_length", upload("state, item_id", "'complete', gen_random_uuid()")),
        Case(
            "upload_is_complete_at_its_length",
            upload("state, length, \"offset\", item_id, concat", "'complete', 5, 5, gen_random_uuid(), 'partial'")),
        Case("upload_is_complete_at_its_length", upload("state, concat", "'complete', 'partial'")),
        Case("upload_is_complete_at_its_length", upload("state, concat", "'complete', 'final;/a'")),
        Case(
            "upload_is_complete_at_its_length",
            upload("state, concat, item_id", "'finalized', 'final;/a', gen_random_uuid()")),
        Case("upload_concat_is_partial_or_final", upload("concat", "'final;'")),
        Case("upload_concat_is_partial_or_final", upload("concat", "''")),
        Case("upload_part_counts_from_one", part(position: 0)),
        Case("upload_part_is_another_upload", part(part: one)),
        Case("upload_part_upload_id_fkey", part("gen_random_uuid()")),
        Case("upload_part_part_id_fkey", part(part: "gen_random_uuid()")),
        Case("upload_has_a_lease_while_it_is_open_only", upload("lease_node", "'n'")),
        Case("upload_has_a_lease_while_it_is_open_only", upload("lease_until", "now()")),
        Case(
            "upload_has_a_lease_while_it_is_open_only",
            upload("lease_node, lease_until, state", "'n', now(), 'expired'")),
        Case("upload_chunks_have_a_fence_and_a_start", upload("chunk_fences", "'{1}'")),
        Case("upload_chunks_have_a_fence_and_a_start", upload("chunk_starts", "'{1}'")),
        Case("upload_digests_have_their_length", upload("expected_sha256", "'\\x00'")),
        Case("upload_digests_have_their_length", upload("expected_sha512", "'\\x00'")),
        Case("upload_digests_have_their_length", upload("known_sha256", "'\\x00'")),
        Case("upload_digests_have_their_length", upload("known_sha512", "'\\x00'")),
        Case("upload_wants_digests_that_are_known", upload("wanted_digests", "'{sha256,md5}'")),
        Case("upload_expires_in_a_positive_time", upload("metadata", "''", seconds: 0)),
    ]

    static let jobs = [
        Case("job_is_one_an_upload", job("priority", "0") + ";" + job("priority", "0")),
        Case("job_upload_id_fkey", "INSERT INTO job (upload_id, bytes_total) VALUES (gen_random_uuid(), 1)"),
        Case("job_state_is_known", job("state", "'lost'")),
        Case("job_phase_is_known", job("phase", "'dream'")),
        Case("job_runs_under_a_lease", job("state, worker", "'running', 'w'")),
        Case("job_runs_under_a_lease", job("lease_until", "now()")),
        Case("job_runs_under_a_lease", job("state, lease_until", "'running', now()")),
        Case("job_ends_with_a_time", job("state", "'done'")),
        Case("job_ends_with_a_time", job("state", "'dead'")),
        Case("job_ends_with_a_time", job("state", "'cancelled'")),
        Case("job_ends_with_a_time", job("finished_at", "now()")),
        Case("job_bytes_are_within_the_total", job("bytes_done", "-1")),
        Case("job_bytes_are_within_the_total", job("bytes_done", "11")),
        Case("job_parked_by_fkey", job("parked_by", "1")),
        Case("worker_role_is_known", "INSERT INTO worker (id, role, host, version) VALUES ('w', 'cook', 'h', '1')"),
        Case("job_audit_via_is_known", audit("via, action", "'fax', 'retry'")),
        Case("job_audit_action_is_known", audit("via, action", "'api', 'sing'")),
        Case("job_attempt_result_is_known", attempt("ended_at, result", "now(), 'fun'")),
        Case("job_attempt_ends_with_a_result", attempt("ended_at", "now()")),
        Case("job_attempt_ends_with_a_result", attempt("result", "'done'")),
    ]

    @Test func everyRuleRefusesWhatItShould() async throws {
        try await MigratedDatabase.with { database in
            try await database.script(Self.fixture)
            for test in Self.cases {
                let error = await #expect(throws: PostgresError.self, "\(test.testDescription)") {
                    try await database.script("BEGIN; \(test.statement); COMMIT")
                }
                #expect(error?.constraint == test.constraint, "\(test.testDescription): \(error?.message ?? "")")
            }
        }
    }

    /// The samples would be accepted without their fault.
    @Test func theSamplesAreFineOtherwise() async throws {
        try await MigratedDatabase.with { database in
            try await database.script(Self.fixture)
            for statement in [
                Self.item(), Self.upload("state", "'open'"), Self.part(),
                Self.upload("state, length, \"offset\", concat", "'complete', 5, 5, 'partial'"),
                Self.upload("state, concat, item_id", "'complete', 'final;/a', gen_random_uuid()"),
                Self.job("priority", "0"),
                Self.attempt("ended_at, result", "now(), 'done'"), "INSERT INTO account (name) VALUES ('é@x')",
                Self.audit("via, action", "'api', 'retry'"),
                "INSERT INTO worker (id, role, host, version) VALUES ('w', 'front', 'h', '1')",
            ] { try await database.script(statement) }
        }
    }

    @Test func everyNamedRuleHasACase() async throws {
        try await MigratedDatabase.with { database in
            let named = try await database.texts(
                """
                SELECT conname::text FROM pg_constraint JOIN pg_namespace ON pg_namespace.oid = connamespace
                WHERE nspname = 'public' AND contype IN ('c', 'u', 'f') AND conrelid <> 'schema_migration'::regclass
                """
            ).compactMap(\.self)
            let cascading: Set = ["job_attempt_job_id_fkey"]
            #expect(Set(named).subtracting(Self.cases.map(\.constraint)) == cascading)
        }
    }

    private static let fixture = """
        INSERT INTO upload (id, folder_id, owner, filename, content_type, kind, expire_seconds, expires_at)
        VALUES ('11111111-1111-1111-1111-111111111111', gen_random_uuid(), 'ann', 'a', 'text/plain', 'File', 1, now()),
            ('22222222-2222-2222-2222-222222222222', gen_random_uuid(), 'ann', 'a', 'text/plain', 'File', 1, now());
        INSERT INTO job (upload_id, bytes_total) VALUES ('22222222-2222-2222-2222-222222222222', 10)
        """

    private static func item(
        parent: String = "'00000000-0000-0000-0000-000000000000'", name: String = "'a'", kind: String = "Folder",
        state: String = "published", more: String = "description", values: String = "''"
    ) -> String {
        """
        INSERT INTO item (id, parent_id, name, kind, state, owner, \(more))
        VALUES (gen_random_uuid(), \(parent), \(name), '\(kind)', '\(state)', 'ann', \(values))
        """
    }

    private static func upload(
        _ columns: String, _ values: String, kind: String = "File", seconds: Int = 1
    ) -> String {
        """
        INSERT INTO upload (id, folder_id, owner, filename, content_type, kind, expire_seconds, expires_at, \(columns))
        VALUES (gen_random_uuid(), gen_random_uuid(), 'ann', 'a', 'text/plain', '\(kind)', \(seconds), now(), \(values))
        """
    }

    private static let one = "'11111111-1111-1111-1111-111111111111'"

    private static func part(
        _ final: String = one, position: Int = 1, part: String = "'22222222-2222-2222-2222-222222222222'"
    ) -> String {
        "INSERT INTO upload_part (upload_id, position, part_id) VALUES (\(final), \(position), \(part))"
    }

    private static func job(_ columns: String, _ values: String) -> String {
        """
        INSERT INTO job (upload_id, bytes_total, \(columns))
        VALUES ('11111111-1111-1111-1111-111111111111', 10, \(values))
        """
    }

    private static func audit(_ columns: String, _ values: String) -> String {
        "INSERT INTO job_audit (actor, result, \(columns)) VALUES ('ann', 'done', \(values))"
    }

    private static func attempt(_ columns: String, _ values: String) -> String {
        "INSERT INTO job_attempt (job_id, attempt, worker, \(columns)) SELECT id, 1, 'w', \(values) FROM job LIMIT 1"
    }
}
