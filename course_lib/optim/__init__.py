"""Given the gradient, which step? ``first_order`` (SGD to Muon), ``full_batch`` (conjugate gradients, L-BFGS),
``schedules`` for the learning rate, and ``curvature`` (products with the Hessian, for ``Sophia``)."""
