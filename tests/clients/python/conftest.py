"""Fixtures: OpenAI's Python client as it comes, and the world around the organization it talks to.

The client takes address and key from the environment (OPENAI_BASE_URL, OPENAI_ADMIN_KEY), as in production.
"""

import os

import pytest
from openai import OpenAI

from world import World


@pytest.fixture(scope="session")
def mock():
    return World(os.environ["MOCK_MANAGE_URL"])


@pytest.fixture(autouse=True)
def world(mock):
    """An empty organization for every test."""
    mock.begin()
    yield mock
    mock.end()


@pytest.fixture
def client():
    with OpenAI() as client:
        yield client


@pytest.fixture
def organization(client):
    return client.admin.organization
