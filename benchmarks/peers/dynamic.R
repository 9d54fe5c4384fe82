# Fit, standard errors and 1,000 draws by TMB; the time of the fit alone.
# Rscript dynamic.R compile FOLDER | Rscript dynamic.R fit FOLDER
suppressMessages(library(TMB))
suppressMessages(library(Matrix))
asked <- commandArgs(trailingOnly = TRUE)
setwd(asked[2])
if (asked[1] == "compile") {
  sink(stderr())
  compile("dynamic.cpp")
  quit(status = 0)
}
dyn.load(dynlib("dynamic"))
counts <- scan("counts.txt", quiet = TRUE)
rates <- scan("priors.txt", quiet = TRUE)
before <- proc.time()
model <- MakeADFun(
  data = list(count = counts, step_rate = rates[1], size_rate = rates[2]),
  parameters = list(
    log_rate = rep(log(mean(counts) + .1), length(counts)),
    log_step_sd = log(.2), log_spread = log(.7)
  ),
  random = "log_rate", DLL = "dynamic", silent = TRUE
)
best <- nlminb(model$par, model$fn, model$gr)
report <- sdreport(model, getJointPrecision = TRUE)
factor <- Cholesky(report$jointPrecision, super = TRUE)
noise <- matrix(rnorm(1000 * nrow(report$jointPrecision)), ncol = 1000)
draws <- solve(factor, solve(factor, noise, system = "Lt"), system = "Pt")
spent <- (proc.time() - before)[["user.self"]] + (proc.time() - before)[["sys.self"]]
path <- model$env$last.par.best[model$env$random]
cat(spent, "\n", file = "fit.txt")
cat(path, "\n", file = "fit.txt", append = TRUE)
