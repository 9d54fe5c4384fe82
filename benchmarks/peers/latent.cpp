// Counts with a latent Gaussian log rate: every case of the comparison with its peers.
// family 0 Poisson, 1 negative binomial; trend 0 walk of order one (with a drift where
// slope_sd > 0), 1 walk of order two, 2 AR(1) around a level.
#include <TMB.hpp>

template <class Type>
Type log_chance(Type low, Type high, Type log_mean, Type log_size, int family) {
  bool open = !(high < Type(1e17));
  int first = open ? 0 : CppAD::Integer(low);
  int last = open ? CppAD::Integer(low) - 1 : CppAD::Integer(high);
  if (last < first) return Type(0);
  Type total = -INFINITY;
  for (int k = first; k <= last; k++) {
    Type one = family ? dnbinom_robust(Type(k), log_mean, 2 * log_mean - log_size, true)
                      : dpois(Type(k), exp(log_mean), true);
    total = k == first ? one : logspace_add(total, one);
  }
  return open ? logspace_sub(Type(0), total) : total;
}

template <class Type>
Type objective_function<Type>::operator()() {
  DATA_INTEGER(family);
  DATA_INTEGER(trend);
  DATA_INTEGER(drifts);
  DATA_INTEGER(thins);
  DATA_IVECTOR(row_first);
  DATA_IVECTOR(row_last);
  DATA_IVECTOR(time);
  DATA_IVECTOR(place);
  DATA_VECTOR(weight);
  DATA_VECTOR(low);
  DATA_VECTOR(high);
  DATA_IVECTOR(thinned);
  DATA_IVECTOR(shown_time);
  DATA_IVECTOR(shown_place);
  DATA_VECTOR(start);
  DATA_SCALAR(step_rate);
  DATA_SCALAR(slope_sd);
  DATA_SCALAR(place_rate);
  DATA_SCALAR(spread_rate);
  DATA_SCALAR(correlation_rate);
  DATA_VECTOR(found_prior);
  PARAMETER_VECTOR(walk);
  PARAMETER_VECTOR(effect);
  PARAMETER(drift);
  PARAMETER(level);
  PARAMETER(log_step_sd);
  PARAMETER(log_spread);
  PARAMETER(log_place_sd);
  PARAMETER(logit_correlation);
  PARAMETER(logit_found);

  int length = walk.size(), places = effect.size();
  Type step_sd = exp(log_step_sd), lost = step_rate * step_sd - log_step_sd;
  lost -= log(step_rate);
  if (trend == 2) {
    Type correlation = 1 / (1 + exp(-logit_correlation));
    Type distance = sqrt(1 - correlation), far = sqrt(Type(2));
    lost -= log(correlation_rate) - correlation_rate * distance
            - log(1 - exp(-correlation_rate * far)) - log(2 * distance);
    lost -= log(correlation) + log(1 - correlation);
    lost -= dnorm(level, start(0), start(1), true);
    lost -= dnorm(walk(0), Type(0), step_sd, true);
    Type fresh = step_sd * sqrt(1 - correlation * correlation);
    for (int t = 1; t < length; t++)
      lost -= dnorm(walk(t), correlation * walk(t - 1), fresh, true);
  } else {
    if (start(1) > 0) lost -= dnorm(walk(0), start(0), start(1), true);
    if (drifts && slope_sd > 0) lost -= dnorm(drift, Type(0), slope_sd, true);
    if (trend == 1) lost -= dnorm(walk(1) - walk(0), Type(0), slope_sd, true);
    for (int t = 1 + trend; t < length; t++) {
      Type before = trend ? 2 * walk(t - 1) - walk(t - 2) : walk(t - 1) + drift;
      lost -= dnorm(walk(t), before, step_sd, true);
    }
  }
  if (places > 1) {
    Type place_sd = exp(log_place_sd);
    lost -= log(place_rate) + log_place_sd - place_rate * place_sd;
    for (int p = 0; p < places; p++) lost -= dnorm(effect(p), Type(0), place_sd, true);
  }
  if (family)
    lost -= log(spread_rate) + log_spread - spread_rate * exp(log_spread);
  Type log_found = -log(1 + exp(-logit_found));
  if (thins) {
    Type found = exp(log_found);
    lost -= dbeta(found, found_prior(0), found_prior(1), true);
    lost -= log_found + log(1 - found);
  }
  for (int i = 0; i < low.size(); i++) {
    Type mean = 0, squares = 0;
    for (int j = row_first(i); j <= row_last(i); j++) {
      Type eta = walk(time(j)) + effect(place(j)) + (trend == 2 ? level : Type(0));
      Type part = weight(j) * exp(eta);
      mean += part;
      squares += part * part;
    }
    Type log_size = -2 * log_spread + log(mean * mean / squares);
    Type log_mean = log(mean) + (thinned(i) ? log_found : Type(0));
    lost -= log_chance(low(i), high(i), log_mean, log_size, family);
  }
  vector<Type> eta(shown_time.size());
  for (int i = 0; i < eta.size(); i++)
    eta(i) = walk(shown_time(i)) + effect(shown_place(i)) + (trend == 2 ? level : Type(0));
  ADREPORT(eta);
  return lost;
}
