#include "daemon/market/universe.h"

#include "common/str.h"

enum { TECH, CONSUMER, FINANCE, ENERGY, HEALTH, STAPLES, INDUSTRY };

#define CENT (QF_ONE / 100)
#define USD(whole, cents) ((whole) * QF_ONE + (cents) * CENT)

const struct universe_name universe[UNIVERSE_NAMES] = {
    { "AAPL", "Apple", "Technology", TECH, USD(189, 50), CENT, QF_ONE, 1, 55000, 1.15, 0.20 },
    { "AMD", "Advanced Micro Devices", "Technology", TECH, USD(151, 20), CENT, QF_ONE, 2, 60000, 1.60, 0.38 },
    { "AMZN", "Amazon", "Consumer", CONSUMER, USD(178, 30), CENT, QF_ONE, 1, 42000, 1.20, 0.24 },
    { "BAC", "Bank of America", "Financials", FINANCE, USD(38, 75), CENT, QF_ONE, 1, 38000, 1.10, 0.18 },
    { "CVX", "Chevron", "Energy", ENERGY, USD(156, 40), CENT, QF_ONE, 2, 8500, 0.80, 0.16 },
    { "GE", "General Electric", "Industrials", INDUSTRY, USD(163, 10), CENT, QF_ONE, 3, 6000, 1.05, 0.22 },
    { "HD", "Home Depot", "Consumer", CONSUMER, USD(352, 60), CENT, QF_ONE, 5, 3500, 0.95, 0.15 },
    { "JNJ", "Johnson & Johnson", "Health care", HEALTH, USD(149, 80), CENT, QF_ONE, 2, 7500, 0.50, 0.13 },
    { "JPM", "JPMorgan Chase", "Financials", FINANCE, USD(199, 95), CENT, QF_ONE, 2, 9500, 1.05, 0.15 },
    { "KO", "Coca-Cola", "Staples", STAPLES, USD(62, 45), CENT, QF_ONE, 1, 13000, 0.50, 0.12 },
    { "LLY", "Eli Lilly", "Health care", HEALTH, USD(795, 30), CENT, QF_ONE, 20, 3000, 0.70, 0.28 },
    { "MSFT", "Microsoft", "Technology", TECH, USD(421, 90), CENT, QF_ONE, 3, 21000, 1.10, 0.17 },
    { "NVDA", "NVIDIA", "Technology", TECH, USD(124, 60), CENT, QF_ONE, 1, 280000, 1.70, 0.40 },
    { "PEP", "PepsiCo", "Staples", STAPLES, USD(168, 20), CENT, QF_ONE, 3, 5500, 0.50, 0.12 },
    { "PFE", "Pfizer", "Health care", HEALTH, USD(28, 35), CENT, QF_ONE, 1, 36000, 0.60, 0.19 },
    { "PG", "Procter & Gamble", "Staples", STAPLES, USD(165, 5), CENT, QF_ONE, 2, 6500, 0.50, 0.12 },
    { "TSLA", "Tesla", "Consumer", CONSUMER, USD(248, 40), CENT, QF_ONE, 3, 95000, 1.80, 0.48 },
    { "UNH", "UnitedHealth", "Health care", HEALTH, USD(512, 70), CENT, QF_ONE, 10, 3600, 0.65, 0.20 },
    { "WMT", "Walmart", "Staples", STAPLES, USD(67, 90), CENT, QF_ONE, 1, 16000, 0.55, 0.14 },
    { "XOM", "Exxon Mobil", "Energy", ENERGY, USD(114, 55), CENT, QF_ONE, 1, 16000, 0.80, 0.17 },
};

int universe_find(const char *symbol, size_t n)
{
    for (int i = 0; i < UNIVERSE_NAMES; i++) {
        if (qf_str_eqn(universe[i].symbol, symbol, n))
            return i;
    }
    return -1;
}
