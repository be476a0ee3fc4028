// A link to one instrument on GPIB behind a Prologix or AR488 adapter (prologix_adapter.h), which it shares with
// others.
#pragma once

#include "drivers/links/prologix_adapter.h"

namespace etalon::drivers {

class PrologixLink : public Link {
 public:
  // Not open yet.
  PrologixLink(std::shared_ptr<PrologixAdapter> adapter, const GpibAddress& address, const LinkOptions& options);
  ~PrologixLink() override;

  bool is_open() const override;
  bool reopening_drops_replies() const override { return false; }
  bool signals_end() const override { return true; }
  bool sends_unasked() const override { return false; }
  bool has_device_clear() const override { return true; }
  bool has_status_byte() const override { return true; }
  bool signals_service_request() const override { return true; }
  bool has_trigger() const override { return true; }
  bool has_go_to_local() const override { return true; }

 private:
  void open_device(const Deadline& deadline) override;
  void close_device() noexcept override;
  std::size_t send_device(std::string_view bytes, const Deadline& deadline) override;
  std::size_t receive_device(char* data, std::size_t size, const Deadline& deadline) override;
  bool received_end() const override { return received_end_; }
  void clear_device(const Deadline& deadline) override;
  std::uint8_t poll_device(const Deadline& deadline) override;
  bool await_service_request(const Deadline& deadline) override;
  void trigger_device(const Deadline& deadline) override;
  void release_device(const Deadline& deadline) override;

  // The adapter's errors as this link's.
  template <typename Work>
  auto at_adapter(Work work);

  std::shared_ptr<PrologixAdapter> adapter_;
  std::shared_ptr<GpibStation> station_;
  unsigned generation_ = 0;      // of the adapter when this was opened; 0: not open
  std::string written_;          // of a message whose last byte has not been given yet
  GpibStation::Piece received_;  // what receive_device has not handed over yet
  bool received_end_ = false;
};

}  // namespace etalon::drivers
