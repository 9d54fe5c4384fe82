# Fit, standard errors and 1,000 draws by TMB; the time of the fit alone.
# Rscript space_time.R compile FOLDER | Rscript space_time.R fit FOLDER
suppressMessages(library(TMB))
suppressMessages(library(Matrix))
asked <- commandArgs(trailingOnly = TRUE)
setwd(asked[2])
if (asked[1] == "compile") {
  sink(stderr())
  compile("space_time.cpp")
  quit(status = 0)
}
dyn.load(dynlib("space_time"))
count <- as.matrix(read.table("counts.txt"))
dimnames(count) <- NULL
scaled <- as(as(as.matrix(read.table("scaled.txt")), "CsparseMatrix"), "generalMatrix")
dimnames(scaled) <- NULL
excess <- scan("excess.txt", quiet = TRUE)
before <- proc.time()
model <- MakeADFun(
  data = list(
    count = count, scaled = scaled, excess = excess,
    rates = scan("priors.txt", quiet = TRUE)
  ),
  parameters = list(
    level = rep(log(mean(count) + .1), nrow(count)), place = rep(0, ncol(count)),
    smooth = rep(0, ncol(count)), log_step_sd = log(.2), log_place_sd = log(.5),
    logit_mixing = 0, log_spread = log(.7)
  ),
  random = c("level", "place", "smooth"), DLL = "space_time", silent = TRUE
)
best <- nlminb(model$par, model$fn, model$gr)
report <- sdreport(model, getJointPrecision = TRUE)
factor <- Cholesky(report$jointPrecision, super = TRUE)
noise <- matrix(rnorm(1000 * nrow(report$jointPrecision)), ncol = 1000)
draws <- solve(factor, solve(factor, noise, system = "Lt"), system = "Pt")
spent <- (proc.time() - before)[["user.self"]] + (proc.time() - before)[["sys.self"]]
field <- model$env$last.par.best[model$env$random]
weeks <- seq_len(nrow(count))
shown <- field[names(field) != "smooth"]
level <- shown[weeks] + mean(shown[-weeks])
place <- shown[-weeks] - mean(shown[-weeks])
cat(spent, "\n", file = "fit.txt")
cat(c(level, place), "\n", file = "fit.txt", append = TRUE)
cat(best$par, best$convergence, "\n", file = "fit.txt", append = TRUE)
