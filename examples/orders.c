// SPDX-License-Identifier: MIT
// orders.c: a shop: stock, payment and delivery are services, each a
// goroutine that owns its data, and an order goes through all of them or
// through none.
//
// A service is a loop over a channel of requests, and each request carries
// the channel of its answer. An order that fails on its way undoes what it has
// done, newest first, also when its time is up or a service has panicked. At
// the end the goods are counted: what is neither in stock nor delivered would
// be lost.
#include <leat.h>

#include <stdio.h>

enum { GOODS = 4, STOCK = 30, ORDERS = 100, COURIERS = 3 };

// What an order comes to. Errors of Leat are negative, these are not.
enum outcome {
    DELIVERED,
    SOLD_OUT,
    REFUSED, // the payment
    FAILED,  // a courier has panicked
    LATE,
    OUTCOMES
};

struct request {
    int item, pieces;
    leat_chan(int) answer; // with room for one: who answers never waits
};

// A request for pieces; fewer than none takes them back.
typedef leat_chan(struct request) service;

struct shop {
    service stock, payment, delivery;
    int in_stock[GOODS], delivered[GOODS], paid; // of the three, each its own
    int panics;
    struct leat_waitgroup services;
};

struct order {
    struct shop *shop;
    int number;
    enum outcome outcome;
};

// Services -------------------------------------------------------------------

static void
stock_service(void *arg)
{
    struct shop *shop = arg;
    leat_range (struct request, r, shop->stock) {
        bool enough = shop->in_stock[r.item] >= r.pieces;
        if (enough)
            shop->in_stock[r.item] -= r.pieces;
        leat_send(r.answer, enough ? DELIVERED : SOLD_OUT);
    }
}

static void
payment_service(void *arg)
{
    struct shop *shop = arg;
    leat_range (struct request, r, shop->payment) {
        bool good = r.pieces != 4; // a round sum is suspicious
        if (good)
            shop->paid += r.pieces;
        leat_send(r.answer, good ? DELIVERED : REFUSED);
    }
}

// Takes a parcel away, or panics before it has begun.
static void
carry(struct shop *shop, const struct request *r)
{
    if (r->item == 2 && r->pieces == 3)
        leat_panic("item %d does not fit through the door", r->item);
    leat_sleep(20 * LEAT_MILLISECOND);
    shop->delivered[r->item] += r->pieces; // in a seeded run one runs at once
}

// A panic is the failure of one parcel and not of the courier.
static void
courier(void *arg)
{
    struct shop *shop = arg;
    leat_range (struct request, r, shop->delivery) {
        struct leat_caught caught = LEAT_ZERO;
        leat_try {
            leat_catch(&caught);
            carry(shop, &r);
        }
        shop->panics += caught.kind != 0;
        leat_send(r.answer, caught.kind == 0 ? DELIVERED : FAILED);
    }
}

// Orders ---------------------------------------------------------------------

// Asks a service and is its answer, or LATE when the caller's context ends
// before the service takes the request. One that is taken is waited for,
// whatever the time: half an answer is none.
static enum outcome
ask(service to, int item, int pieces)
{
    struct request r = {item, pieces, leat_make_chan(int, 1)};
    enum outcome outcome = LATE;
    if (leat_send_until(to, LEAT_FOREVER, r) == 0)
        outcome = (enum outcome)leat_recv(r.answer);
    leat_free(r.answer);
    return outcome;
}

// Undoing has no deadline: under the context of the order, which may have
// ended, it would not be done.
static void
undo(service at, int item, int pieces)
{
    struct leat_context *ctx = leat_context_retain(leat_get_context());
    leat_set_context(NULL);
    ask(at, item, -pieces);
    leat_set_context(ctx);
    leat_context_release(ctx);
}

static enum outcome
fulfil(struct shop *shop, int item, int pieces)
{
    enum outcome outcome = ask(shop->stock, item, pieces);
    if (outcome != DELIVERED)
        return outcome;
    outcome = ask(shop->payment, item, pieces);
    if (outcome == DELIVERED) {
        outcome = ask(shop->delivery, item, pieces);
        if (outcome == DELIVERED)
            return DELIVERED;
        undo(shop->payment, item, pieces);
    }
    undo(shop->stock, item, pieces);
    return outcome;
}

// An order may take a quarter of a second, most of it waiting for a courier.
static void
place_order(void *arg)
{
    struct order *o = arg;
    struct leat_context *ctx = leat_with_timeout(NULL, 250 * LEAT_MILLISECOND);
    leat_set_context(ctx);
    o->outcome = fulfil(o->shop, o->number % GOODS, 1 + o->number % 5);
    leat_set_context(NULL);
    leat_context_release(ctx);
}

// The shop -------------------------------------------------------------------

static void
shop_open(struct shop *shop)
{
    *shop = (struct shop){.stock = leat_make_chan(struct request),
        .payment = leat_make_chan(struct request),
        .delivery = leat_make_chan(struct request)};
    for (int i = 0; i < GOODS; i++)
        shop->in_stock[i] = STOCK;
    leat_waitgroup_go(&shop->services, stock_service, shop);
    leat_waitgroup_go(&shop->services, payment_service, shop);
    for (int i = 0; i < COURIERS; i++)
        leat_waitgroup_go(&shop->services, courier, shop);
}

static void
shop_close(struct shop *shop)
{
    leat_close(shop->stock);
    leat_close(shop->payment);
    leat_close(shop->delivery);
    leat_waitgroup_wait(&shop->services);
    leat_free(shop->stock);
    leat_free(shop->payment);
    leat_free(shop->delivery);
}

// All orders come at once. Where the goods are afterwards is checked.
static void
one_day(void *arg)
{
    int *seen = arg, gone = 0;
    struct shop shop;
    struct order orders[ORDERS];
    struct leat_waitgroup customers = LEAT_ZERO;
    shop_open(&shop);
    for (int i = 0; i < ORDERS; i++) {
        orders[i] = (struct order){&shop, i, LATE};
        leat_waitgroup_go(&customers, place_order, &orders[i]);
    }
    leat_waitgroup_wait(&customers);
    shop_close(&shop);

    for (int i = 0; i < ORDERS; i++)
        seen[orders[i].outcome]++;
    for (int i = 0; i < GOODS; i++) {
        if (shop.in_stock[i] + shop.delivered[i] != STOCK)
            leat_panic("of item %d %d are left and %d delivered", i,
                shop.in_stock[i], shop.delivered[i]);
        gone += shop.delivered[i];
    }
    if (gone != shop.paid)
        leat_panic("%d delivered, %d paid for", gone, shop.paid);
}

int
main(void)
{
    static const char *const names[OUTCOMES] = {
        "delivered", "sold out", "refused", "failed", "late"};
    int seen[OUTCOMES] = {0}, days = 0;
    for (uint64_t seed = 1; seed <= 50; seed++, days++)
        leat_test_run(seed, one_day, seen);
    printf("%d days, %d orders each\n", days, ORDERS);
    for (int i = 0; i < OUTCOMES; i++)
        printf("some were %s: %s\n", names[i], seen[i] > 0 ? "yes" : "no");
    printf("nothing was lost, nothing delivered that was not paid for\n");
    return 0;
}
