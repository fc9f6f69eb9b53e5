// SPDX-License-Identifier: BSD-3-Clause
// Workspaces that threads borrow and give back: as many are made as are ever used at once.
#pragma once

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace shearwater::bridge {

template <class T>
class WorkspacePool {
 public:
  /// Gives the workspace back to the pool where it came from.
  struct GiveBack {
    WorkspacePool* pool;
    void operator()(T* workspace) const {
      std::lock_guard const lock(pool->mutex_);
      pool->idle_.emplace_back(workspace);
    }
  };
  using Loan = std::unique_ptr<T, GiveBack>;

  /// An idle workspace, or the one that `make` returns. The loan ends before the pool does.
  template <class Make>
  Loan take(Make&& make) {
    {
      std::lock_guard const lock(mutex_);
      if (!idle_.empty()) {
        Loan loan(idle_.back().release(), GiveBack{this});
        idle_.pop_back();
        return loan;
      }
    }
    return Loan(new T(make()), GiveBack{this});
  }

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<T>> idle_;
};

}  // namespace shearwater::bridge
