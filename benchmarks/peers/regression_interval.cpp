// Interval-reported negative binomial counts, the model of CountRegression.
#include <TMB.hpp>

template <class Type>
Type objective_function<Type>::operator()() {
  DATA_VECTOR(low);
  DATA_VECTOR(high);
  DATA_MATRIX(design);
  PARAMETER_VECTOR(beta);
  PARAMETER(log_alpha);
  vector<Type> eta = design * beta;
  Type lost = 0;
  for (int i = 0; i < low.size(); i++) {
    if (low(i) == high(i)) {
      lost -= dnbinom_robust(low(i), eta(i), Type(2) * eta(i) + log_alpha, true);
      continue;
    }
    bool open = !R_FINITE(asDouble(high(i)));
    int first = open ? 0 : CppAD::Integer(low(i));
    int last = open ? CppAD::Integer(low(i)) - 1 : CppAD::Integer(high(i));
    Type total = 0;
    for (int k = first; k <= last; k++)
      total += dnbinom_robust(Type(k), eta(i), Type(2) * eta(i) + log_alpha);
    lost -= log(open ? Type(1) - total : total);
  }
  return lost;
}
