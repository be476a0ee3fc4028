// Messages of HiSLIP, the High-Speed LAN Instrument Protocol (IVI-6.1, revision 1.0, 2010; sections 2.2 to 2.4).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace etalon::drivers {

// Table 4 of the specification.
enum class HislipType : std::uint8_t {
  initialize = 0,
  initialize_response = 1,
  fatal_error = 2,
  error = 3,
  async_lock = 4,
  async_lock_response = 5,
  data = 6,
  data_end = 7,
  device_clear_complete = 8,
  device_clear_acknowledge = 9,
  async_remote_local_control = 10,
  async_remote_local_response = 11,
  trigger = 12,
  interrupted = 13,
  async_interrupted = 14,
  async_maximum_message_size = 15,
  async_maximum_message_size_response = 16,
  async_initialize = 17,
  async_initialize_response = 18,
  async_device_clear = 19,
  async_service_request = 20,
  async_status_query = 21,
  async_status_response = 22,
  async_device_clear_acknowledge = 23,
  async_lock_info = 24,
  async_lock_info_response = 25,
};

constexpr std::size_t hislip_header_size = 16;
constexpr std::uint32_t hislip_first_message_id = 0xffffff00;    // after opening and after a device clear; then in twos
constexpr std::uint32_t hislip_unknown_message_id = 0xffffffff;  // of a Data message whose query is not complete yet
constexpr std::uint8_t hislip_rmt_delivered = 1;                 // control code: the last reply has been read
constexpr std::uint8_t hislip_overlapped = 1;                    // control code of the negotiation of the mode
constexpr std::uint8_t hislip_go_to_local = 6;                   // control code of async_remote_local_control

struct HislipHeader {
  HislipType type = HislipType::error;
  std::uint8_t control = 0;
  std::uint32_t parameter = 0;
  std::uint64_t payload_size = 0;
};

// Header and payload.
std::string encode_hislip(HislipType type, std::uint8_t control, std::uint32_t parameter,
                          std::string_view payload = {});
// Of the first 16 bytes; nothing when they do not begin with "HS".
std::optional<HislipHeader> decode_hislip_header(std::string_view bytes);
std::string encode_hislip_size(std::uint64_t size);  // payload of async_maximum_message_size
std::optional<std::uint64_t> decode_hislip_size(std::string_view bytes);

// "HiSLIP error 4 (message too large): TEXT" for the control code and the payload of fatal_error and error.
std::string hislip_error_text(HislipType type, std::uint8_t code, std::string_view text);

}  // namespace etalon::drivers
