namespace Crid.Cli;

/// <summary>Reads a volume of a pod.</summary>
internal static class VolumeReader
{
    private static readonly string[] OtherKinds =
    [
        "configMap", "secret", "downwardAPI", "projected", "persistentVolumeClaim", "csi", "nfs", "iscsi", "ephemeral", "fc", "gitRepo",
        "glusterfs", "rbd", "cephfs", "flexVolume", "awsElasticBlockStore", "gcePersistentDisk", "azureDisk", "azureFile",
    ];

    public static VolumeManifest Read(YamlFields volume)
    {
        string name = volume.RequiredString("name");
        VolumeManifest result = new(name, HostPath: null);
        if (volume.Map("hostPath") is YamlFields hostPath)
        {
            string path = hostPath.RequiredString("path");
            if (!path.StartsWith('/'))
            {
                hostPath.Error("path", "must be absolute");
            }

            string type = hostPath.OneOf("type", "", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket", "CharDevice", "BlockDevice");
            hostPath.Finish();
            result = result with { HostPath = path, HostPathType = type };
        }
        else if (volume.Map("emptyDir") is YamlFields emptyDir)
        {
            result = result with { InMemory = emptyDir.OneOf("medium", "", "Memory") == "Memory" };
            emptyDir.Ignore("sizeLimit");
            emptyDir.Finish();
        }
        else if (volume.Map("image") is YamlFields image)
        {
            string reference = image.RequiredString("reference");
            result = result with { Image = reference, PullPolicy = PullPolicyReader.Read(image, "pullPolicy", reference) };
            image.Finish();
        }
        else if (!OtherKinds.Any(volume.Has) && volume.Names.Any(key => key != "emptyDir"))
        {
            volume.Error("name", $"volume '{name}' must be a hostPath, an image or an emptyDir");
        }

        volume.Refuse(OtherKinds);
        volume.Finish();
        return result;
    }
}
