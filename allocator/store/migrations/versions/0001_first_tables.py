"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make all tables."""
    op.create_table(
        "api_keys",
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("provinces", sa.JSON(), nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.Text(), nullable=True),
        sa.Column("revoked_at", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("name", name=op.f("uq_api_keys_name")),
    )
    op.create_table(
        "audit_entries",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("previous_hash", sa.Text(), nullable=False),
        sa.Column("entry_hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_entries")),
    )
    op.create_table(
        "audit_head",
        sa.Column("one", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("head_hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "documents",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_documents")),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("request_digest", sa.Text(), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("resource_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("created_by", "idempotency_key", name=op.f("pk_idempotency_keys")),
    )
    op.create_table(
        "service_facts",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_service_facts")),
    )
    op.create_table(
        "cases",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("case_digest", sa.Text(), nullable=False),
        sa.Column("source_name", sa.Text(), nullable=False),
        sa.Column("source_type", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("canonical", sa.Text(), nullable=False),
        sa.Column("summary", sa.JSON(), nullable=False),
        sa.Column("codes", sa.JSON(), nullable=False),
        sa.Column("provinces", sa.JSON(), nullable=False),
        sa.Column("warnings", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["canonical"], ["documents.digest"], name=op.f("fk_cases_canonical")
        ),
        sa.ForeignKeyConstraint(["source"], ["documents.digest"], name=op.f("fk_cases_source")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_cases")),
        sa.UniqueConstraint("number", name=op.f("uq_cases_number")),
    )
    op.create_index(op.f("ix_cases_case_digest"), "cases", ["case_digest"], unique=False)
    op.create_table(
        "comparisons",
        sa.Column("comparison_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("run_ids", sa.JSON(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("workbook", sa.Text(), nullable=False),
        sa.Column("page", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["page"], ["documents.digest"], name=op.f("fk_comparisons_page")),
        sa.ForeignKeyConstraint(
            ["workbook"], ["documents.digest"], name=op.f("fk_comparisons_workbook")
        ),
        sa.PrimaryKeyConstraint("comparison_id", name=op.f("pk_comparisons")),
        sa.UniqueConstraint("number", name=op.f("uq_comparisons_number")),
    )
    op.create_table(
        "page_sessions",
        sa.Column("session_hash", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["key_id"], ["api_keys.key_id"], name=op.f("fk_page_sessions_key_id")
        ),
        sa.PrimaryKeyConstraint("session_hash", name=op.f("pk_page_sessions")),
    )
    op.create_table(
        "runs",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("base_run", sa.Text(), nullable=True),
        sa.Column("scenario", sa.Text(), nullable=True),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("order_document", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("token", sa.Integer(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.Text(), nullable=True),
        sa.Column("stops_asked", sa.Integer(), nullable=False),
        sa.Column("is_cancel_asked", sa.Boolean(), nullable=False),
        sa.Column("progress", sa.JSON(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("document", sa.JSON(), nullable=True),
        sa.Column("error", sa.JSON(), nullable=True),
        sa.Column("plan_digest", sa.Text(), nullable=True),
        sa.Column("edition", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("started_at", sa.Text(), nullable=True),
        sa.Column("finished_at", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["base_run"], ["runs.run_id"], name=op.f("fk_runs_base_run")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name=op.f("fk_runs_case_id")),
        sa.ForeignKeyConstraint(
            ["order_document"], ["documents.digest"], name=op.f("fk_runs_order_document")
        ),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_runs")),
        sa.UniqueConstraint("number", name=op.f("uq_runs_number")),
    )
    op.create_index(op.f("ix_runs_base_run"), "runs", ["base_run"], unique=False)
    op.create_index(op.f("ix_runs_case_id"), "runs", ["case_id"], unique=False)
    op.create_index(
        op.f("ix_runs_status_priority_number"),
        "runs",
        ["status", "priority", "number"],
        unique=False,
    )
    op.create_table(
        "result_editions",
        sa.Column("edition", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("token", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.run_id"], name=op.f("fk_result_editions_run_id")
        ),
        sa.PrimaryKeyConstraint("edition", name=op.f("pk_result_editions")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "run_events",
        sa.Column("event_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name=op.f("fk_run_events_run_id")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_run_events")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_run_events_run_id_event_id"), "run_events", ["run_id", "event_id"], unique=False
    )
    op.create_table(
        "run_files",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["digest"], ["documents.digest"], name=op.f("fk_run_files_digest")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name=op.f("fk_run_files_run_id")),
        sa.PrimaryKeyConstraint("run_id", "name", name=op.f("pk_run_files")),
    )
    op.create_table(
        "result_rows",
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("scenario", sa.Text(), nullable=True),
        sa.Column("warehouse", sa.Text(), nullable=True),
        sa.Column("district", sa.Text(), nullable=True),
        sa.Column("item", sa.Text(), nullable=True),
        sa.Column("fleet", sa.Text(), nullable=True),
        sa.Column("trip", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("from_hours", sa.Float(), nullable=True),
        sa.Column("to_hours", sa.Float(), nullable=True),
        sa.Column("warehouse_province", sa.Text(), nullable=True),
        sa.Column("district_province", sa.Text(), nullable=True),
        sa.Column("record", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["edition"], ["result_editions.edition"], name=op.f("fk_result_rows_edition")
        ),
        sa.PrimaryKeyConstraint("edition", "sheet", "position", name=op.f("pk_result_rows")),
    )
    op.create_index(
        op.f("ix_result_rows_edition_sheet_item_trip"),
        "result_rows",
        ["edition", "sheet", "item", "trip"],
        unique=False,
    )
    op.create_index(
        op.f("ix_result_rows_edition_sheet_trip"),
        "result_rows",
        ["edition", "sheet", "trip"],
        unique=False,
    )
    op.create_index(
        "ix_result_rows_filters",
        "result_rows",
        [
            "edition",
            "sheet",
            "position",
            "scenario",
            "fleet",
            "trip",
            "state",
            "from_hours",
            "to_hours",
            "warehouse_province",
            "district_province",
            "warehouse",
            "district",
            "item",
        ],
        unique=False,
    )


def downgrade() -> None:
    """Drop all tables."""
    op.drop_index("ix_result_rows_filters", table_name="result_rows")
    op.drop_index(op.f("ix_result_rows_edition_sheet_trip"), table_name="result_rows")
    op.drop_index(op.f("ix_result_rows_edition_sheet_item_trip"), table_name="result_rows")
    op.drop_table("result_rows")
    op.drop_table("run_files")
    op.drop_index(op.f("ix_run_events_run_id_event_id"), table_name="run_events")
    op.drop_table("run_events")
    op.drop_table("result_editions")
    op.drop_index(op.f("ix_runs_status_priority_number"), table_name="runs")
    op.drop_index(op.f("ix_runs_case_id"), table_name="runs")
    op.drop_index(op.f("ix_runs_base_run"), table_name="runs")
    op.drop_table("runs")
    op.drop_table("page_sessions")
    op.drop_table("comparisons")
    op.drop_index(op.f("ix_cases_case_digest"), table_name="cases")
    op.drop_table("cases")
    op.drop_table("service_facts")
    op.drop_table("idempotency_keys")
    op.drop_table("documents")
    op.drop_table("audit_head")
    op.drop_table("audit_entries")
    op.drop_table("api_keys")
