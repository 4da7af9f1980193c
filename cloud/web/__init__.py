"""What people see: pages rendered here, a stylesheet and small scripts without a build step.

Nothing important needs JavaScript; live values, the moving trace and updates in place add to it.
"""
