"""The routes of webhooks."""

from __future__ import annotations

from functools import partial

from werkzeug.wrappers import Request

from ticketcore import Webhook, WebhookDelivery, WebhookDeliveryPage
from ticketcore.application import early_faults
from ticketcore.domain.api_keys import Role
from ticketcore.domain.ids import MessageId, WebhookId
from ticketcore.domain.refusals import InvalidRequest, Refusal, WebhookNotFound
from ticketcore_flask.api import Api, read_body, read_query
from ticketcore_flask.routes import Routes
from ticketcore_wire.order_schemas import NOTHING
from ticketcore_wire.responses import Response
from ticketcore_wire.webhook_schemas import (
    CREATED_WEBHOOK,
    DELIVERY,
    DELIVERY_PAGE,
    DELIVERY_QUERY,
    NEW_WEBHOOK,
    WEBHOOK_LIST,
    WebhookList,
)


def add_routes(routes: Routes, api: Api) -> None:
    """Add the routes under ``/webhooks``."""
    organiser = api.organiser

    @routes.add("GET", "/webhooks", "List webhooks", {200: WEBHOOK_LIST}, who="admin")
    def list_webhooks(request: Request) -> Response:
        api.require(request, Role.ADMIN)
        return api.respond(WEBHOOK_LIST, WebhookList(tuple(organiser.list_webhooks())))

    @routes.add(
        "POST",
        "/webhooks",
        "Have a URL told of sales and events",
        {201: CREATED_WEBHOOK},
        who="admin",
        body=NEW_WEBHOOK,
        refuses=InvalidRequest,
    )
    def create_webhook(request: Request) -> Response:
        holder = api.require(request, Role.ADMIN)
        wanted = read_body(NEW_WEBHOOK, request, partial(early_faults.of_webhook, organiser))
        created = organiser.create_webhook(wanted.url, wanted.events, by=holder.name)
        if not isinstance(created, Webhook):
            return api.refuse(created, request)
        return api.respond(CREATED_WEBHOOK, created, 201)

    @routes.add(
        "DELETE", "/webhooks/<webhook_id>", "Delete a webhook", {204: None}, who="admin", refuses=WebhookNotFound
    )
    def delete_webhook(request: Request, webhook_id: WebhookId) -> Response:
        holder = api.require(request, Role.ADMIN)
        deleted = organiser.delete_webhook(webhook_id, by=holder.name)
        return api.refuse(deleted, request) if isinstance(deleted, Refusal) else Response(204, {}, b"")

    @routes.add(
        "GET",
        "/webhooks/<webhook_id>/deliveries",
        "List what a webhook was sent, newest first",
        {200: DELIVERY_PAGE},
        who="admin",
        query=DELIVERY_QUERY,
        refuses=WebhookNotFound | InvalidRequest,
    )
    def list_webhook_deliveries(request: Request, webhook_id: WebhookId) -> Response:
        api.require(request, Role.ADMIN)
        query = read_query(DELIVERY_QUERY, request)
        page = organiser.list_webhook_deliveries(webhook_id, query.cursor, query.limit)
        return api.respond(DELIVERY_PAGE, page) if isinstance(page, WebhookDeliveryPage) else api.refuse(page, request)

    @routes.add(
        "POST",
        "/webhooks/<webhook_id>/deliveries/<delivery_id>/replay",
        "Send a message to a webhook again",
        {202: DELIVERY},
        who="admin",
        body=NOTHING,
        refuses=WebhookNotFound,
    )
    def replay_webhook_delivery(request: Request, webhook_id: WebhookId, delivery_id: MessageId) -> Response:
        holder = api.require(request, Role.ADMIN)
        read_body(NOTHING, request)
        replayed = organiser.replay_webhook(webhook_id, delivery_id, by=holder.name)
        if not isinstance(replayed, WebhookDelivery):
            return api.refuse(replayed, request)
        return api.respond(DELIVERY, replayed, 202)
