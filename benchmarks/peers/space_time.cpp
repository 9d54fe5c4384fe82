// Negative binomial counts by place and week: one walk for all, a mixture over places.
// b = sd (sqrt(mixing) u + sqrt(1 - mixing) v), u a scaled autoregression on the graph
// that sums to zero, v independent: in the form that keeps the precision sparse.
#include <TMB.hpp>

template <class Type>
Type objective_function<Type>::operator()() {
  DATA_MATRIX(count);          // weeks by places
  DATA_SPARSE_MATRIX(scaled);  // precision of u
  DATA_VECTOR(excess);         // variances of u in its basis, less one
  DATA_VECTOR(rates);          // of the priors: step, places, mixing, spread
  PARAMETER_VECTOR(level);     // log rate of the walk
  PARAMETER_VECTOR(place);     // b
  PARAMETER_VECTOR(smooth);    // u
  PARAMETER(log_step_sd);
  PARAMETER(log_place_sd);
  PARAMETER(logit_mixing);
  PARAMETER(log_spread);
  Type step_sd = exp(log_step_sd), place_sd = exp(log_place_sd);
  Type spread = exp(log_spread), size = pow(spread, Type(-2));
  Type mixing = invlogit(logit_mixing);

  Type lost = -(log_step_sd - rates(0) * step_sd);
  lost -= log_place_sd - rates(1) * place_sd + log_spread - rates(3) * spread;
  Type squared = 0, bend = 0;
  for (int j = 0; j < excess.size(); j++) {
    Type y = mixing * excess(j);
    squared += y - log(1 + y);
    bend += excess(j) * excess(j) / (1 + y);
  }
  Type distance = sqrt(squared);
  lost -= -rates(2) * distance + log(mixing * bend / (2 * distance));
  lost -= log(mixing) + log(1 - mixing);

  lost -= dnorm(level(0), Type(0), Type(5), true);
  for (int t = 1; t < level.size(); t++)
    lost -= dnorm(level(t), level(t - 1), step_sd, true);
  vector<Type> along = scaled * smooth;
  lost += Type(0.5) * (smooth * along).sum();
  lost -= dnorm(smooth.sum(), Type(0), Type(0.001) * smooth.size(), true);
  Type own = place_sd * sqrt(1 - mixing);
  for (int i = 0; i < place.size(); i++)
    lost -= dnorm(place(i), place_sd * sqrt(mixing) * smooth(i), own, true);

  for (int t = 0; t < level.size(); t++)
    for (int i = 0; i < place.size(); i++) {
      Type log_mean = level(t) + place(i);
      lost -= dnbinom_robust(count(t, i), log_mean, 2 * log_mean - log(size), true);
    }
  return lost;
}
