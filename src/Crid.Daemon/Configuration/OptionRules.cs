using System.Text;
using Crid.Runtimes;

namespace Crid.Daemon;

/// <summary>What must hold between options, beyond the type of each.</summary>
internal static class OptionRules
{
    private const long SmallestMessageLimit = 16 << 20;

    public static void Check(CridOptions options, IReadOnlyDictionary<string, Origin> origins, List<ConfigurationError> errors)
    {
        if (options.Grpc.MaxMessageBytes is < SmallestMessageLimit or > int.MaxValue)
        {
            Add("grpc.max_message_size", "must be from 16MiB, the size of the messages that kubelet accepts, to 2047MiB");
        }

        if (options.Runtimes.Default.Length > 0 && !options.Runtimes.Handlers.ContainsKey(options.Runtimes.Default))
        {
            string? nearest = NearestName.Find(options.Runtimes.Default, options.Runtimes.Handlers.Keys);
            string hint = nearest is null ? "" : $"; did you mean {TomlText.Quote(nearest)}?";
            Add("runtimes.default", $"there is no handler {TomlText.Quote(options.Runtimes.Default)}{hint}");
        }

        if (options.Streaming.TlsCertificate.Length == 0 && options.Streaming.TlsKey.Length + options.Streaming.TlsClientCa.Length > 0)
        {
            Add("streaming.tls_certificate", "is missing, and without it there is no TLS that the other keys could be for");
        }

        if (options.Directories.Root == options.Directories.Run)
        {
            Add("directories.run", "must differ from directories.root");
        }

        if (Encoding.UTF8.GetByteCount(options.Directories.Run) > RuntimesOptions.MaxRunDirectoryLength)
        {
            Add("directories.run", $"must not be longer than {RuntimesOptions.MaxRunDirectoryLength} bytes, or terminals could not be had: paths of sockets are limited");
        }

        void Add(string key, string message) => errors.Add(new ConfigurationError(origins.GetValueOrDefault(key), $"{key}: {message}"));
    }
}
