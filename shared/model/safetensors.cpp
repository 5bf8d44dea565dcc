#include "shared/model/safetensors.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>

#include "shared/model/json.hpp"

namespace avae {
namespace {

using Kind = JsonValue::Kind;

constexpr std::size_t kLengthBytes = 8;
constexpr DType kDTypes[] = {DType::kF16, DType::kF32, DType::kI8, DType::kI64, DType::kU8};

tl::unexpected<Error> bad(std::string what) {
  return fail("safetensors: " + std::move(what), "the file is damaged or not a safetensors file");
}

std::uint64_t read_length(std::span<const std::uint8_t> bytes) {
  std::uint64_t length = 0;
  for (std::size_t i = 0; i < kLengthBytes; ++i) length |= std::uint64_t{bytes[i]} << (8 * i);
  return length;
}

// A header entry before its offsets are checked against its neighbours'.
struct Entry {
  SafetensorsEntry tensor;
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

Result<void> read_metadata(const JsonValue& value, std::map<std::string, std::string>& metadata) {
  if (!value.is(Kind::kObject)) return bad("__metadata__ is not an object");
  for (std::size_t i = 0; i < value.keys.size(); ++i) {
    if (!value.items[i].is(Kind::kString)) return bad("__metadata__ " + quoted(value.keys[i]) + " is not a string");
    metadata.emplace(value.keys[i], value.items[i].text);
  }
  return {};
}

Result<DType> read_dtype(const std::string& who, const JsonValue& value) {
  if (!value.is(Kind::kString)) return bad(who + " has a dtype that is not a string");
  for (const DType dtype : kDTypes) {
    if (value.text == dtype_name(dtype)) return dtype;
  }
  return fail("safetensors: " + who + " has the unknown dtype " + quoted(value.text),
              "F16, F32, I8, I64 and U8 are read");
}

// The byte count of the tensor, or an error.
Result<std::int64_t> read_shape(const std::string& who, const JsonValue& value, SafetensorsEntry& tensor) {
  if (!value.is(Kind::kArray)) return bad(who + " has a shape that is not an array");
  std::int64_t bytes = dtype_bytes(tensor.dtype);
  for (const JsonValue& size : value.items) {
    if (!size.is(Kind::kInteger)) return bad(who + " has a shape with something other than integers");
    if (size.integer < 0) return bad(who + " has a negative shape");
    if (size.integer > 0 && bytes > INT64_MAX / size.integer) return bad(who + " has a shape that overflows");
    bytes *= size.integer;
    tensor.shape.push_back(size.integer);
  }
  return bytes;
}

Result<void> read_offsets(const std::string& who, const JsonValue& value, Entry& entry) {
  if (!value.is(Kind::kArray) || value.items.size() != 2) return bad(who + " has data_offsets that are not a pair");
  for (const JsonValue& offset : value.items) {
    if (!offset.is(Kind::kInteger) || offset.integer < 0) {
      return bad(who + " has data_offsets that are not integers from 0 up");
    }
  }
  entry.begin = value.items[0].integer;
  entry.end = value.items[1].integer;
  if (entry.end < entry.begin) return bad(who + " has data_offsets out of order");
  return {};
}

Result<Entry> read_entry(const std::string& name, const JsonValue& value) {
  const std::string who = "tensor " + quoted(name);
  if (!value.is(Kind::kObject)) return bad(who + " is not an object");
  const JsonValue* dtype = value.find("dtype");
  const JsonValue* shape = value.find("shape");
  const JsonValue* offsets = value.find("data_offsets");
  if (!dtype) return bad(who + " has no dtype");
  if (!shape) return bad(who + " has no shape");
  if (!offsets) return bad(who + " has no data_offsets");
  if (value.keys.size() != 3) return bad(who + " has an unknown key");

  Entry entry;
  entry.tensor.name = name;
  const auto known = read_dtype(who, *dtype);
  if (!known) return tl::unexpected(known.error());
  entry.tensor.dtype = *known;
  const auto bytes = read_shape(who, *shape, entry.tensor);
  if (!bytes) return tl::unexpected(bytes.error());
  if (auto ok = read_offsets(who, *offsets, entry); !ok) return tl::unexpected(ok.error());
  if (entry.end - entry.begin != *bytes) {
    return bad(who + " needs " + std::to_string(*bytes) + " bytes for its shape and dtype, but its data_offsets span " +
               std::to_string(entry.end - entry.begin));
  }
  return entry;
}

// Sorts by offset and checks that the tensors fill `data` exactly.
Result<void> place(std::vector<Entry>& entries, std::span<const std::uint8_t> data) {
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return a.begin != b.begin ? a.begin < b.begin : a.end < b.end;
  });
  std::int64_t at = 0;
  for (Entry& entry : entries) {
    const std::string who = "tensor " + quoted(entry.tensor.name);
    if (entry.begin < at) return bad(who + " overlaps the tensor before it");
    if (entry.begin > at) return bad("there is a hole of " + std::to_string(entry.begin - at) + " bytes before " + who);
    if (static_cast<std::uint64_t>(entry.end) > data.size()) {
      return bad("truncated: " + who + " ends at byte " + std::to_string(entry.end) + " of data, the file has " +
                 std::to_string(data.size()));
    }
    entry.tensor.data =
        data.subspan(static_cast<std::size_t>(entry.begin), static_cast<std::size_t>(entry.end - entry.begin));
    at = entry.end;
  }
  if (static_cast<std::uint64_t>(at) != data.size()) {
    return bad(std::to_string(data.size() - static_cast<std::size_t>(at)) + " bytes after the last tensor");
  }
  return {};
}

// The header's JSON text, checked for length.
Result<std::string_view> header_text(std::span<const std::uint8_t> bytes) {
  if (bytes.size() < kLengthBytes) {
    return bad("truncated: " + std::to_string(bytes.size()) + " bytes do not hold the header's length");
  }
  const std::uint64_t length = read_length(bytes);
  if (length > kMaxHeaderBytes) {
    return bad("header too long: " + std::to_string(length) + " bytes, at most " + std::to_string(kMaxHeaderBytes));
  }
  if (length > bytes.size() - kLengthBytes) {
    return bad("truncated: the header takes " + std::to_string(length) + " bytes, the file has " +
               std::to_string(bytes.size() - kLengthBytes) + " after its length");
  }
  return std::string_view(reinterpret_cast<const char*>(bytes.data()) + kLengthBytes, static_cast<std::size_t>(length));
}

using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

void put_key(Writer& writer, const std::string& key) {
  writer.Key(key.data(), static_cast<rapidjson::SizeType>(key.size()));
}

void put_metadata(Writer& writer, const std::map<std::string, std::string>& metadata) {
  if (metadata.empty()) return;
  writer.Key("__metadata__");
  writer.StartObject();
  for (const auto& [key, value] : metadata) {
    put_key(writer, key);
    writer.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  }
  writer.EndObject();
}

void put_tensor(Writer& writer, const SafetensorsTensor& tensor, std::size_t begin) {
  put_key(writer, tensor.name);
  writer.StartObject();
  writer.Key("dtype");
  const std::string_view dtype = dtype_name(tensor.dtype);
  writer.String(dtype.data(), static_cast<rapidjson::SizeType>(dtype.size()));
  writer.Key("shape");
  writer.StartArray();
  for (const std::int64_t size : tensor.shape) writer.Int64(size);
  writer.EndArray();
  writer.Key("data_offsets");
  writer.StartArray();
  writer.Uint64(begin);
  writer.Uint64(begin + tensor.data.size());
  writer.EndArray();
  writer.EndObject();
}

}  // namespace

std::string_view dtype_name(DType dtype) {
  switch (dtype) {
    case DType::kF16:
      return "F16";
    case DType::kF32:
      return "F32";
    case DType::kI8:
      return "I8";
    case DType::kI64:
      return "I64";
    case DType::kU8:
      break;
  }
  return "U8";
}

int dtype_bytes(DType dtype) {
  switch (dtype) {
    case DType::kF16:
      return 2;
    case DType::kF32:
      return 4;
    case DType::kI64:
      return 8;
    case DType::kI8:
    case DType::kU8:
      break;
  }
  return 1;
}

const SafetensorsEntry* SafetensorsFile::find(std::string_view name) const {
  const auto found =
      std::find_if(tensors.begin(), tensors.end(), [&](const auto& entry) { return entry.name == name; });
  return found == tensors.end() ? nullptr : &*found;
}

Result<SafetensorsFile> parse_safetensors(std::span<const std::uint8_t> bytes) {
  const auto text = header_text(bytes);
  if (!text) return tl::unexpected(text.error());
  // The format allows spaces after the object and nothing before it.
  if (text->empty() || text->front() != '{') return bad("header does not begin with {");
  const auto header = parse_json(*text, {.bytes = kMaxHeaderBytes, .depth = 4});
  if (!header) return bad("header: " + header.error().message);

  SafetensorsFile file;
  std::vector<Entry> entries;
  for (std::size_t i = 0; i < header->keys.size(); ++i) {
    if (header->keys[i] == "__metadata__") {
      if (auto ok = read_metadata(header->items[i], file.metadata); !ok) return tl::unexpected(ok.error());
      continue;
    }
    auto entry = read_entry(header->keys[i], header->items[i]);
    if (!entry) return tl::unexpected(entry.error());
    entries.push_back(std::move(*entry));
  }
  if (auto ok = place(entries, bytes.subspan(kLengthBytes + text->size())); !ok) return tl::unexpected(ok.error());
  for (Entry& entry : entries) file.tensors.push_back(std::move(entry.tensor));
  return file;
}

std::vector<std::uint8_t> write_safetensors(std::span<const SafetensorsTensor> tensors,
                                            const std::map<std::string, std::string>& metadata) {
  rapidjson::StringBuffer header;
  Writer writer(header);
  std::size_t data_bytes = 0;
  writer.StartObject();
  put_metadata(writer, metadata);
  for (const SafetensorsTensor& tensor : tensors) {
    put_tensor(writer, tensor, data_bytes);
    data_bytes += tensor.data.size();
  }
  writer.EndObject();
  while (header.GetSize() % 8 != 0) header.Put(' ');

  std::vector<std::uint8_t> bytes;
  bytes.reserve(kLengthBytes + header.GetSize() + data_bytes);
  for (std::size_t i = 0; i < kLengthBytes; ++i) {
    bytes.push_back(static_cast<std::uint8_t>(std::uint64_t{header.GetSize()} >> (8 * i)));
  }
  bytes.insert(bytes.end(), header.GetString(), header.GetString() + header.GetSize());
  for (const SafetensorsTensor& tensor : tensors) bytes.insert(bytes.end(), tensor.data.begin(), tensor.data.end());
  return bytes;
}

}  // namespace avae
