/* Calls producing and reading functions of four libraries, as its first argument says. */
#include <archive.h>
#include <archive_entry.h>
#include <openssl/evp.h>
#include <string.h>
#include <zip.h>
#include <zlib.h>

static const char text[] = "something to pack, and to pack again";

static int archive_out(const char *out) {
    struct archive *archive = archive_write_new();
    struct archive_entry *entry = archive_entry_new();
    int failed = archive_write_set_format_zip(archive)
        || archive_write_set_options(archive, "zip:encryption=aes256")
        || archive_write_set_passphrase(archive, "blue")
        || archive_write_open_filename(archive, out);
    archive_entry_set_pathname(entry, "a");
    archive_entry_set_size(entry, sizeof text);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    failed = failed || archive_write_header(archive, entry)
        || archive_write_data(archive, text, sizeof text) != sizeof text
        || archive_write_close(archive);
    return failed;
}

static int zip_out(const char *out) {
    int error = 0;
    zip_t *zip = zip_open(out, ZIP_CREATE | ZIP_TRUNCATE, &error);
    if (!zip) return 1;
    zip_int64_t at = zip_file_add(zip, "a", zip_source_buffer(zip, text, sizeof text, 0), 0);
    return at < 0 || zip_file_set_encryption(zip, at, ZIP_EM_AES_256, "blue") || zip_close(zip);
}

static int deflate_at(int level, int times) {
    for (int i = 0; i < times; i++) {
        z_stream stream;
        memset(&stream, 0, sizeof stream);
        if (deflateInit2(&stream, level, Z_DEFLATED, 31, 8, 0) != Z_OK) return 1;
        deflateEnd(&stream);
    }
    return 0;
}

/* Streams that are refused at once, so that nothing but the calls takes time. */
static int storm(void) {
    for (int i = 0; i < 600000; i++) {
        z_stream stream;
        memset(&stream, 0, sizeof stream);
        if (deflateInit2(&stream, 42, Z_DEFLATED, 31, 8, 0) == Z_OK) return 1;
    }
    return 0;
}

static int gzip_out(const char *out) {
    gzFile file = gzopen(out, "wb9");
    return !file || gzwrite(file, text, sizeof text) != sizeof text || gzclose(file);
}

static int encrypt(int times) {
    unsigned char key[32] = {1}, iv[16] = {2};
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    for (int i = 0; i < times; i++)
        if (!EVP_EncryptInit_ex(context, EVP_aes_256_cbc(), 0, key, iv)) return 1;
    return 0;
}

/* What readers do with what archive_out, zip_out and gzip_out made. */
static int read_all(const char *archived, const char *zipped, const char *gzipped) {
    unsigned char key[32] = {1}, iv[16] = {2};
    char piece[64];
    int error = 0;
    z_stream stream;
    memset(&stream, 0, sizeof stream);
    struct archive *archive = archive_read_new();
    archive_read_support_filter_all(archive);
    archive_read_support_format_all(archive);
    zip_t *zip = zip_open(zipped, ZIP_RDONLY, &error);
    gzFile file = gzopen(gzipped, "rb");
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int failed = archive_read_open_filename(archive, archived, 10240) || !zip || zip_close(zip)
        || !file || gzread(file, piece, sizeof piece) <= 0 || gzclose(file)
        || inflateInit2(&stream, 31) || inflateEnd(&stream)
        || !EVP_DecryptInit_ex(context, EVP_aes_256_cbc(), 0, key, iv)
        || !EVP_CipherInit_ex(context, 0, 0, key, iv, 0);
    return failed;
}

int main(int count, char **given) {
    const char *act = count > 1 ? given[1] : "";
    if (!strcmp(act, "archive")) return archive_out(given[2]);
    if (!strcmp(act, "zip")) return zip_out(given[2]);
    if (!strcmp(act, "deflate")) return deflate_at(6, 12);
    if (!strcmp(act, "storm")) return storm();
    if (!strcmp(act, "gzip")) return gzip_out(given[2]);
    if (!strcmp(act, "encrypt")) return encrypt(1);
    if (!strcmp(act, "read")) return read_all(given[2], given[3], given[4]);
    return 2;
}
