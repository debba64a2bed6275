"""The tables of progress.db."""

from __future__ import annotations

TABLES = """
CREATE TABLE IF NOT EXISTS attempt (
  id INTEGER PRIMARY KEY,
  exercise TEXT NOT NULL,
  version TEXT NOT NULL,
  at REAL NOT NULL,
  outcome TEXT NOT NULL,
  seconds REAL NOT NULL,
  digest TEXT NOT NULL,
  source BLOB NOT NULL,
  verdict TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS attempt_exercise ON attempt (exercise, version, outcome);
CREATE TABLE IF NOT EXISTS hint (exercise TEXT PRIMARY KEY, taken INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS hint_request (
  exercise TEXT NOT NULL,
  number INTEGER NOT NULL,
  at REAL NOT NULL,
  asked_by TEXT NOT NULL,
  PRIMARY KEY (exercise, number)
);
CREATE TABLE IF NOT EXISTS solution (exercise TEXT PRIMARY KEY, at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS material (id TEXT PRIMARY KEY, at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS place (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS quiz_answer (
  id INTEGER PRIMARY KEY,
  quiz TEXT NOT NULL,
  version TEXT NOT NULL,
  run INTEGER NOT NULL,
  question TEXT NOT NULL,
  choice INTEGER NOT NULL,
  total INTEGER NOT NULL,
  at REAL NOT NULL,
  UNIQUE (quiz, run, question)
);
CREATE TABLE IF NOT EXISTS recall (
  id INTEGER PRIMARY KEY,
  exercise TEXT NOT NULL,
  number INTEGER NOT NULL,
  event TEXT NOT NULL,
  value TEXT NOT NULL,
  at REAL NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS recall_start ON recall (exercise, number) WHERE event = 'started';
CREATE UNIQUE INDEX IF NOT EXISTS recall_end ON recall (exercise, number) WHERE event IN ('passed', 'failed');
CREATE UNIQUE INDEX IF NOT EXISTS recall_break ON recall (exercise, value) WHERE event = 'counterexample';
"""
